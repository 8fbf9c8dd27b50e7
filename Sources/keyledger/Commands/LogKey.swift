internal import ArgumentParser
internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

struct LogKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Print the verifier key of the log: it checks the signatures under checkpoints.",
        discussion: """
            In the form of C2SP signed-note (name+id+key), as Go's note package and transparency-log clients take it. Not a secret.

            With --new, for an operator who has lost the key in vault/, or wants to give it up: the log is signed with a new key from now \
            on, under a new origin, and a record says so. Where the old key is at hand it signs for the new one, so that whoever holds the \
            old verifier key can follow; where it is lost, give auditors the new one by another way. The log goes on as it was, and so \
            does a service that has it open. A key that is there and cannot be read, or is another one, is not lost.
            """)

    @OptionGroup var options: DataOptions

    @Flag(help: "Sign with a new key from now on.")
    var new = false

    private struct Answer: Encodable {
        let origin: String
        let verifierKey: String
    }

    private struct Change: Encodable {
        enum CodingKeys: String, CodingKey {
            case origin, verifierKey, position, oldOrigin, oldVerifierKey, isSignedByOldKey
        }

        let report: LogKeyReport

        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.origin, report.change.newOrigin)
            try fields.set(.verifierKey, report.change.newVerifierKey)
            try fields.set(.position, report.position)
            try fields.set(.oldOrigin, report.change.oldOrigin)
            try fields.set(.oldVerifierKey, report.change.oldVerifierKey.isEmpty ? nil : report.change.oldVerifierKey)
            try fields.set(.isSignedByOldKey, report.isVouched)
        }
    }

    func run() async throws {
        try await options.withLedger { ledger in
            if new { return try await change(ledger) }
            let problem = ledger.log.signingProblem
            guard let verifier = try ledger.log.knownVerifier() else {
                throw problem ?? LedgerError.signingKeyMissing(path: ledger.folder.vault)
            }
            if let problem { Terminal.error("keyledger: \(problem)") }
            try Terminal.writeResult(
                options.json
                    ? JSON.string(Answer(origin: ledger.log.origin, verifierKey: verifier.description)) : verifier.description)
        }
    }

    private func change(_ ledger: Ledger) async throws {
        let report = try await ledger.log.changeLogKey(by: .localUser)
        let words = """
            From position \(report.position) on the log is signed as \(report.change.newOrigin). \
            \(report.isVouched
                ? "The old key has signed for the new one: whoever holds the old verifier key can follow."
                : "The old key was lost, so nothing but your word shows that the new one is yours.") \
            Give auditors the new verifier key by another way than this log:
            \(report.change.newVerifierKey)
            """
        try Terminal.writeResult(options.json ? JSON.string(Change(report: report)) : words, ifLost: words)
    }
}
