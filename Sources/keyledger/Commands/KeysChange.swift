internal import ArgumentParser
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

struct KeysChange: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "change", abstract: "Change what a key may do, its name, metadata or expiry.",
        discussion: "Lists and metadata given here replace what was there before.")

    @OptionGroup var options: DataOptions
    @OptionGroup var repeating: RepeatOptions
    @OptionGroup var why: ReasonOption
    @OptionGroup var key: KeyArgument

    @Option(help: "The new name.")
    var name: String?

    @Option(help: "\(ExpiryArgument.help)")
    var expires: String?

    @Option(name: .customLong("scope"), help: "May be repeated.")
    var scopes: [String] = []

    @Flag(help: "Take away all scopes.")
    var noScopes = false

    @Option(name: .customLong("permission"), help: "May be repeated.")
    var permissions: [String] = []

    @Flag(help: "Take away all permissions.")
    var noPermissions = false

    @Option(help: "key=value. May be repeated.")
    var metadata: [String] = []

    @Flag(help: "Take away all metadata.")
    var noMetadata = false

    @Option(name: .customLong("allow-ip"), help: "An address or range, such as 192.0.2.0/24. May be repeated.")
    var ipAllowlist: [String] = []

    @Flag(name: .customLong("allow-any-ip"), help: "Let the key be used from anywhere.")
    var isAnyIPAllowed = false

    func run() async throws {
        let id = try key.keyID
        for (isSet, isRemoved, title) in [
            (!scopes.isEmpty, noScopes, "scope"), (!permissions.isEmpty, noPermissions, "permission"),
            (!metadata.isEmpty, noMetadata, "metadata"), (!ipAllowlist.isEmpty, isAnyIPAllowed, "allow-ip"),
        ] where isSet && isRemoved { throw UsageError("--\(title) and its removal exclude each other.") }
        let permissions = try ArgumentParsing.permissions(permissions)
        let metadata = try ArgumentParsing.metadata(metadata)
        let expiry = try expires.map { try ExpiryArgument($0) }
        try await options.withLedger { ledger in
            let change = KeyChange(
                name: name, scopes: noScopes || !scopes.isEmpty ? scopes : nil,
                permissions: noPermissions || !permissions.isEmpty ? permissions : nil,
                metadata: noMetadata || !metadata.isEmpty ? metadata : nil,
                ipAllowlist: isAnyIPAllowed || !ipAllowlist.isEmpty ? ipAllowlist : nil,
                expiry: expiry?.change)
            guard change != KeyChange() || expiry != nil else {
                throw UsageError("Say what to change; see keyledger keys change --help.")
            }
            let outcome = try await ledger.commands.changeKey(
                id, change, expiresIn: expiry?.duration, reason: why.reason, by: .localUser, commandID: repeating.commandId)
            try KeyCommandOutput.show(outcome, options, done: "changed", already: "is like this already", note: expiry?.note)
        }
    }
}
