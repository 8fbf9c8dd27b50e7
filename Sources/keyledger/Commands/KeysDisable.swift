internal import ArgumentParser
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

struct KeysDisable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "disable", abstract: "Refuse a key until it is enabled again.")

    @OptionGroup var options: DataOptions
    @OptionGroup var repeating: RepeatOptions
    @OptionGroup var why: ReasonOption
    @OptionGroup var key: KeyArgument

    func run() async throws {
        let id = try key.keyID
        try await options.withLedger { ledger in
            let outcome = try await ledger.commands.disableKey(id, reason: why.reason, by: .localUser, commandID: repeating.commandId)
            try KeyCommandOutput.showShort(outcome, options, done: "disabled", already: "is disabled already")
        }
    }
}
