internal import ArgumentParser
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

struct KeysRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "End a key, for good and at once.")

    @OptionGroup var options: DataOptions
    @OptionGroup var repeating: RepeatOptions
    @OptionGroup var why: ReasonOption
    @OptionGroup var key: KeyArgument

    @Option(help: "Why, in one word for programs, such as leaked or superseded.")
    var reasonCode = "unspecified"

    func run() async throws {
        let id = try key.keyID
        try await options.withLedger { ledger in
            let outcome = try await ledger.commands.revokeKey(
                id, reason: why.reason, reasonCode: reasonCode, by: .localUser, commandID: repeating.commandId)
            let hasExpired = outcome.key.state.status(at: ledger.time.now) == .expired
            try KeyCommandOutput.showShort(
                outcome, options, done: "revoked", already: hasExpired ? "has expired, for good" : "was revoked already")
        }
    }
}
