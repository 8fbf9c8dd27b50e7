internal import ArgumentParser
internal import KeyEvents
internal import Ledger
internal import Validation

/// Options of the two loops that are held against each other.
struct LoopOptions: ParsableArguments {
    @Argument(help: "What make-keys made.")
    var folder: String

    @Option(help: "How many calls are timed; all keys are asked for once before.")
    var calls = 2_000_000

    /// What is presented, one after the other and over and over: all secrets, in random order. In memory they stand in that
    /// order too: a secret comes fresh from its caller, and is not fetched from a list of a million.
    func presented(_ bench: BenchLedger) throws -> (bytes: [UInt8], width: Int) {
        let (secrets, width) = try bench.secrets()
        var generator = SplitMix64(seed: 3)
        let order = (0..<secrets.count / width).shuffled(using: &generator)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(secrets.count)
        for number in order { bytes += secrets[number * width..<(number + 1) * width] }
        return (bytes, width)
    }
}

/// `Validator.verdict` as a calling service in the same process calls it, the clock included.
struct Verdicts: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Validates, in process, on one thread, in random order.")

    @OptionGroup var options: LoopOptions

    func run() throws {
        let bench = BenchLedger(folder: options.folder)
        let (secrets, width) = try options.presented(bench)
        let ledger = try Ledger.open(bench.data)
        let clock = LedgerClock.system
        let accessCheck = AccessCheck()
        // As a calling service holds it.
        let validator = ledger.verifier.validator

        func ask(_ calls: Int) throws {
            let bytes = secrets.span
            for call in 0..<calls {
                let start = call * width % bytes.count
                let verdict = try validator.verdict(
                    on: bytes.extracting(start..<start + width - 1), accessCheck, at: clock.now())
                guard verdict.isValid else { throw Failure("a key that was made is \(verdict.code.rawValue)") }
            }
        }
        try ask(secrets.count / width)
        let duration = try ContinuousClock().measure { try ask(options.calls) }
        ledger.close()
        printRate(options.calls, in: duration)
    }
}
