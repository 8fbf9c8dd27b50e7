internal import ArgumentParser
internal import KeyEvents
internal import KeyService
internal import Validation

/// Options of the two loops that are held against each other.
struct LoopOptions: ParsableArguments {
    @Argument(help: "What make-keys made.")
    var folder: String

    @Option(help: "How many calls are timed; all keys are asked for once before.")
    var calls = 2_000_000

    /// The numbers of keys to ask for: all, in random order, over and over.
    func order(of keys: Int) -> [Int32] {
        var generator = SplitMix64(seed: 3)
        return (0..<Int32(keys)).shuffled(using: &generator)
    }
}

/// `Validator.verdict` as a calling service in the same process calls it, the clock included.
struct Verdicts: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Validates, in process, on one thread, in random order.")

    @OptionGroup var options: LoopOptions

    func run() throws {
        let bench = BenchLedger(folder: options.folder)
        let (secrets, width) = try bench.secrets()
        let order = options.order(of: secrets.count / width)
        let ledger = try Ledger.open(bench.data)
        let clock = LedgerClock.system
        let question = Question()

        func ask(_ calls: Int) throws {
            let bytes = secrets.span
            for call in 0..<calls {
                let start = Int(order[call % order.count]) * width
                let verdict = try ledger.validator.verdict(on: bytes.extracting(start..<start + width - 1), question, at: clock.now())
                guard verdict.isValid else { throw Failure("a key that was made is \(verdict.code.rawValue)") }
            }
        }
        try ask(order.count)
        let duration = try ContinuousClock().measure { try ask(options.calls) }
        ledger.close()
        printRate(options.calls, in: duration)
    }
}
