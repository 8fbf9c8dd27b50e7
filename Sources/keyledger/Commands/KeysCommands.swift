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
            try Answer.show(outcome, ledger, options, done: "renamed", already: "has this name already")
        }
    }
}

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
            try Answer.show(outcome, ledger, options, done: "changed", already: "is like this already", note: expiry?.note)
        }
    }
}

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
            try Answer.showShort(outcome, ledger, options, done: "disabled", already: "is disabled already")
        }
    }
}

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
            try Answer.showShort(outcome, ledger, options, done: "enabled", already: "is enabled already")
        }
    }
}

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
            try Answer.showShort(
                outcome, ledger, options, done: "revoked", already: hasExpired ? "has expired, for good" : "was revoked already")
        }
    }
}

/// Prints the results of commands on keys.
private enum Answer {
    /// Prints the key after a command. `note` is a further sentence for people.
    static func show(
        _ outcome: CommandOutcome, _ ledger: Ledger, _ options: DataOptions, done: String, already: String, note: String? = nil
    ) throws {
        try show(outcome, KeyDocument(outcome, at: ledger.time.now), options, done: done, already: already, note: note)
    }

    static func showShort(_ outcome: CommandOutcome, _ ledger: Ledger, _ options: DataOptions, done: String, already: String) throws {
        try show(outcome, CommandDocument(outcome, at: ledger.time.now), options, done: done, already: already)
    }

    private static func show(
        _ outcome: CommandOutcome, _ document: some Encodable, _ options: DataOptions, done: String, already: String, note: String? = nil
    ) throws {
        let words = "The key \(outcome.key.state.id) \(outcome.isChange ? "is \(done)" : already) (position \(outcome.position))."
        if options.json {
            if !outcome.isChange { Terminal.error(words) }
            try Terminal.writeResult(JSON.string(document), ifLost: words)
        } else {
            try Terminal.writeResult(words + (note.map { " " + $0 } ?? ""), ifLost: words)
        }
    }
}
