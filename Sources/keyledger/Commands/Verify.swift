internal import ArgumentParser
internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import Validation

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say whether the key on standard input is good, and record its use.",
        discussion: """
            The key is read from standard input: an argument could be seen by others. Exit code 0: valid; 1: not. \
            With --at, the verdict as it stood then is told with the events it rests on, and nothing is recorded.
            """)

    @OptionGroup var options: DataOptions
    @OptionGroup var past: AsOfOption

    @Option(name: .customLong("scope"), help: "A scope the call needs. May be repeated.")
    var scopes: [String] = []

    @Option(help: "The environment the call belongs to.")
    var env: String?

    @Option(help: "The address the call comes from, for keys that may not be used from everywhere.")
    var ip: String?

    @Flag(help: "Record nothing.")
    var dryRun = false

    func run() async throws {
        let secret = try SecretInput.read()
        if let refusal = KeyRules.check(scopes: scopes, now: Timestamp(seconds: 0)) { throw ServiceError.refused(refusal) }
        let address = try ip.map { text in
            guard let address = IPAddress(endpoint: text) else {
                throw UsageError("--ip takes an IP address such as 192.0.2.7 or 2001:db8::7.")
            }
            return address
        }
        let accessCheck = AccessCheck(scopes: scopes, environment: env, address: address)
        let isValid = try await options.withLedger { ledger in
            let exchange = VerifyExchange(secret, accessCheck, context: UseContext(address: address), actor: .commandLine, in: ledger)
            if let asOf = try past.asOf(ledger) {
                let past = try exchange.pastVerdict(at: asOf)
                try show(past.verdict.verdict, past.document, past.verdict.evidence)
                return past.verdict.verdict.isValid
            }
            let outcome = try await exchange.verdict(isDryRun: dryRun)
            try show(outcome.verdict, outcome.document())
            return outcome.verdict.isValid
        }
        if !isValid { throw ExitCode(ExitStatus.no) }
    }

    private func show(_ verdict: Verdict, _ document: VerdictDocument, _ evidence: [CausingEvent] = []) throws {
        if options.json { return try Terminal.writeResult(JSON.string(document)) }
        try Terminal.writeResult("\(verdict.code.rawValue): \(document.message)")
        if let key = verdict.disclosedKey { try Terminal.writeResult("Key \(key.id) of account \(key.accountID)") }
        for causingEvent in evidence {
            try Terminal.writeResult("  rests on \(causingEvent.position)  \(causingEvent.recordedAt)  \(causingEvent.type)")
        }
    }
}
