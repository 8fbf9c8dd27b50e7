internal import ArgumentParser
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

struct KeysRename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rename", abstract: "Give a key another name.")

    @OptionGroup var options: DataOptions
    @OptionGroup var repeating: RepeatOptions
    @OptionGroup var why: ReasonOption
    @OptionGroup var key: KeyArgument

    @Argument(help: "The new name.")
    var name: String

    func run() async throws {
        let id = try key.keyID
        try await options.withLedger { ledger in
            let outcome = try await ledger.commands.changeKey(
                id, KeyChange(name: name), reason: why.reason, by: .localUser, commandID: repeating.commandId)
            try KeyCommandOutput.show(outcome, options, done: "renamed", already: "has this name already")
        }
    }
}
