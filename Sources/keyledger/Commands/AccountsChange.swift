internal import ArgumentParser
internal import Glibc
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import Projections

struct AccountsChange: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "change", abstract: "Say how many keys an account may have, and which scopes its keys may give.",
        discussion: """
            The log says that it was done (AccountChanged). Keys that there are stay as they are. A key of the account gives others no scope \
            beyond those named here; operators, and people on the settings page, are not bound by them.
            """)

    @OptionGroup var options: DataOptions
    @OptionGroup var repeating: RepeatOptions

    @Argument(help: "The account.")
    var account: String

    @Option(help: ArgumentHelp("How many keys that have not ended it may have.", valueName: "number"))
    var maxKeys: UInt64?

    @Flag(help: ArgumentHelp("As many keys as usual: \(AccountRules.defaultKeyLimit)."))
    var usualMaxKeys = false

    @Option(
        name: .customLong("grantable"), help: ArgumentHelp("A scope that its keys may give; may come several times.", valueName: "scope"))
    var grantable: [String] = []

    @Flag(help: "Its keys may give all scopes.")
    var anyGrantable = false

    func run() async throws {
        guard let account = try ArgumentParsing.account(account) else { return }
        if maxKeys != nil, usualMaxKeys { throw UsageError("--max-keys and --usual-max-keys exclude each other.") }
        if !grantable.isEmpty, anyGrantable { throw UsageError("--grantable and --any-grantable exclude each other.") }
        let change = AccountRulesChange(
            keyLimit: usualMaxKeys ? .standard : maxKeys.map { .own($0) },
            grantable: anyGrantable ? .standard : grantable.isEmpty ? nil : .own(grantable))
        guard change != AccountRulesChange() else {
            throw UsageError("Say what is to change: --max-keys, --usual-max-keys, --grantable or --any-grantable.")
        }
        try await options.withLedger { ledger in
            let outcome = try await ledger.accounts.changeAccount(
                account, change, by: .localUser, localUser: getuid(), commandID: repeating.commandId)
            if outcome.isRepeat {
                Terminal.error(
                    "keyledger: This command was carried out before, and nothing was done now; this is the account as it was then.")
            }
            try AccountsShow.show(AccountDocument(outcome), account, outcome.standing, options)
        }
    }
}
