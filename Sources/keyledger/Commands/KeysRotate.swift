internal import ArgumentParser
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

struct KeysRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Give a key a new secret. It is shown once.",
        discussion: "Id, name, usage, rules and expiry go on. The secret in use lives on for a grace time, so that nothing fails"
            + " while the new one is put in its place. A secret that was never used is replaced at once; the one before it then goes on, but"
            + " no longer than an earlier rotation said, unless --extend-grace is given.")

    @OptionGroup var options: DataOptions
    @OptionGroup var repeating: RepeatOptions
    @OptionGroup var why: ReasonOption
    @OptionGroup var key: KeyArgument

    @Option(help: "How long the secret in use lives on: a duration such as 24h or 90s; 0 for a leak. Default: 24h.")
    var grace: String?

    @Flag(help: "Let the secret in use live until the new one is first accepted.")
    var retireWhenNewUsed = false

    @Flag(help: "Let the secret in use live longer than an earlier rotation said.")
    var extendGrace = false

    func run() async throws {
        let id = try key.keyID
        guard grace == nil || !retireWhenNewUsed else { throw UsageError("--grace and --retire-when-new-used exclude each other.") }
        let period = try grace.map(TimeText.grace) ?? Rotation.defaultGrace
        let older: Rotation.OlderRetires = retireWhenNewUsed ? .whenNewerIsUsed : .after(grace: period)
        guard older != .now || !extendGrace else { throw UsageError("--grace 0 and --extend-grace exclude each other.") }
        try await options.withLedger { ledger in
            let (outcome, secret) = try await ledger.commands.rotateKey(
                id, olderRetires: older, extendsGrace: extendGrace, reason: why.reason, by: .localUser, commandID: repeating.commandId)
            let note = Self.note(outcome.key.state.secrets.filter { $0.status(at: outcome.decidedAt) == .retiring })
            try IssueAnswer.show(outcome, secret, KeyDocument(issued: outcome, secret: secret), options, note: note)
        }
    }

    private static func note(_ retiring: [KeySecret]) -> String {
        guard let older = retiring.last, let retirement = older.retirement else { return "It is the only secret of the key now." }
        let end =
            switch retirement {
            case .at(let date): "until \(date)"
            case .whenNewerIsUsed: "until this one is first used"
            case .whenNewerIsUsedOrAt(let date): "until this one is first used, and until \(date) at the latest"
            }
        return "The one before, \(older.record.hint), is accepted \(end)."
    }
}
