internal import ArgumentParser
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

struct KeysCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a key. It is shown once.")

    @OptionGroup var options: DataOptions
    @OptionGroup var repeating: RepeatOptions

    @Option(help: "What people tell the key by.")
    var name: String

    @Option(help: "The account the key belongs to. Default: operator.")
    var account: String?

    @Option(help: "Separates keys that must not be mixed up, such as live and test.")
    var env = KeyEnvironment.default

    @Option(help: "\(ExpiryArgument.help) Default: never.")
    var expires: String?

    @Option(name: .customLong("scope"), help: "A right in your API, such as listings:read. May be repeated.")
    var scopes: [String] = []

    @Option(
        name: .customLong("permission"),
        help: "What the key may do to Keyledger: verify, keys.read, keys.write, log.read, or admin, which is all. May be repeated.")
    var permissions: [String] = []

    @Option(help: "key=value. May be repeated.")
    var metadata: [String] = []

    @Option(
        name: .customLong("allow-ip"),
        help: "An address or range the key may be used from, such as 192.0.2.0/24. May be repeated. Default: from anywhere.")
    var ipAllowlist: [String] = []

    func run() async throws {
        let account = try ArgumentParsing.account(account)
        let permissions = try ArgumentParsing.permissions(permissions)
        let metadata = try ArgumentParsing.metadata(metadata)
        let expiry = try expires.map { try ExpiryArgument($0) }
        try await options.withLedger { ledger in
            let request = CreateKey(
                name: name, account: account, environment: env, scopes: scopes, permissions: permissions, metadata: metadata,
                ipAllowlist: ipAllowlist, expiresAt: expiry?.time, expiresIn: expiry?.duration)
            let (outcome, secret) = try await ledger.commands.createKey(request, by: .localUser, commandID: repeating.commandId)
            let document = KeyDocument(issued: outcome, secret: secret)
            try IssueAnswer.show(outcome, secret, document, options, note: expiry?.note)
        }
    }
}
