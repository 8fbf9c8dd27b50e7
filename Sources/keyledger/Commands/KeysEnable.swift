internal import ArgumentParser
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

struct KeysEnable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "enable", abstract: "Accept a disabled key again.")

    @OptionGroup var options: DataOptions
    @OptionGroup var repeating: RepeatOptions
    @OptionGroup var why: ReasonOption
    @OptionGroup var key: KeyArgument

    func run() async throws {
        let id = try key.keyID
        try await options.withLedger { ledger in
            let outcome = try await ledger.commands.enableKey(id, reason: why.reason, by: .localUser, commandID: repeating.commandId)
            try KeyCommandOutput.showShort(outcome, options, done: "enabled", already: "is enabled already")
        }
    }
}
