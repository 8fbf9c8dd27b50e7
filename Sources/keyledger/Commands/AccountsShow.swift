internal import ArgumentParser
internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import Projections

struct AccountsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show how many keys an account has, and what it may.")

    @OptionGroup var options: DataOptions

    @Argument(help: "The account.")
    var account: String

    func run() async throws {
        guard let account = try ArgumentParsing.account(account) else { return }
        try await options.withLedger { ledger in
            let standing = try ledger.accounts.accountStanding(account, for: .localUser)
            try Self.show(AccountDocument(account, standing), account, standing, options)
        }
    }

    static func show(_ document: AccountDocument, _ account: AccountID, _ standing: AccountStanding, _ options: DataOptions) throws {
        if options.json { return try Terminal.writeResult(JSON.string(document)) }
        let suffix = standing.rules.keyLimit == nil ? ", as usual" : ""
        try Terminal.writeResult("\(account): \(standing.keys) keys that have not ended, of \(standing.keyLimit) at most\(suffix)")
        let scopes = standing.rules.grantable.map { $0.isEmpty ? "no scopes" : $0.joined(separator: " ") } ?? "all scopes"
        try Terminal.writeResult("Its keys may give \(scopes).")
    }
}
