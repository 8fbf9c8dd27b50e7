internal import EventLog
public import KeyEvents
internal import Projections
internal import Validation

extension Ledger {
    /// Makes a key. The secret is in this answer and nowhere else; `nil` when the same command came again.
    public func createKey(
        _ request: CreateKey, by caller: Caller, commandID: String? = nil
    ) async throws -> (outcome: CommandOutcome, secret: Secret?) {
        try caller.require(.keysWrite)
        let account = request.account ?? caller.account
        guard caller.sees(account) else { throw ServiceError.unknownAccount }
        try caller.checkGrant(of: request.permissions)
        let id = try CommandID(commandID, caller, content: request.content(account), isPersonal: true)
        // Before the vault makes a data key for an account that gets no key. The expiry is left to the writer: a command that
        // comes again may come after it.
        if let refusal = KeyRules.check(
            account: account, name: request.name, environment: request.environment, scopes: request.scopes, metadata: request.metadata,
            ipAllowlist: request.ipAllowlist, now: now)
        {
            throw ServiceError.refused(refusal)
        }
        // It becomes the name of a file in the vault.
        try refuseSecret(in: account.description, "accountId")
        guard let format = SecretFormat(prefix: prefix) else { throw LedgerError.badPrefix }
        let randomness = options.randomness
        let secret = format.make(environment: request.environment, random: randomness.byte)
        let record = SecretRecord(id: 1, digest: SecretFormat.digest(of: secret), hint: SecretFormat.hint(of: secret))
        let new = NewKey(
            name: request.name, environment: request.environment, secret: record, scopes: request.scopes,
            permissions: request.permissions, metadata: request.metadata, ipAllowlist: request.ipAllowlist,
            expiresAt: request.expiresAt ?? request.expiresIn.map { now.adding(seconds: $0) })
        try await prepareVault(of: account)
        knownEnvironments.add(request.environment)
        let outcome = try await carryOut(
            .init(
                keyID: KeyID(at: now, random: (randomness.word(), randomness.word())), newAccount: account, command: .create(new),
                caller: caller, id: id, authorise: { _, _ in }))
        return (outcome, outcome.isRepeat ? nil : secret)
    }

    /// `expiresIn`: seconds from the change on, where `change` says no instant. `reason`: why, in the caller's words, at most
    /// `KeyRules.maximumReasonLength` code points; recorded sealed.
    public func changeKey(
        _ id: KeyID, _ change: KeyChange, expiresIn: Int64? = nil, reason: String? = nil, by caller: Caller, commandID: String? = nil
    ) async throws -> CommandOutcome {
        try caller.require(.keysWrite)
        if let refusal = KeyRules.check(reason: reason) { throw ServiceError.refused(refusal) }
        if let permissions = change.permissions { try caller.checkGrant(of: permissions) }
        let said = ["change", id.description] + change.content + (expiresIn.map { ["expiresIn", "\($0)"] } ?? []) + said(reason)
        let command = try CommandID(commandID, caller, content: said, isPersonal: change.isPersonal || reason != nil)
        var change = change
        if change.expiry == nil { change.expiry = expiresIn.map { .at(now.adding(seconds: $0)) } }
        if change.isPersonal || reason != nil {
            try await prepareVault(for: id, caller)
        } else {
            await prepareVaultIfPossible(for: id, caller)
        }
        return try await carryOut(
            .init(
                keyID: id, newAccount: nil, command: .change(change), caller: caller, id: command, reason: reason, authorise: Self.holdsAll)
        )
    }

    /// `reason`: as in `changeKey`.
    public func disableKey(
        _ id: KeyID, reason: String? = nil, by caller: Caller, commandID: String? = nil
    ) async throws -> CommandOutcome {
        try await simple(id, .disable, ["disable"] + said(reason), reason: reason, by: caller, commandID, authorise: { _, _ in })
    }

    /// `reason`: as in `changeKey`.
    public func enableKey(
        _ id: KeyID, reason: String? = nil, by caller: Caller, commandID: String? = nil
    ) async throws -> CommandOutcome {
        try await simple(id, .enable, ["enable"] + said(reason), reason: reason, by: caller, commandID, authorise: Self.holdsAll)
    }

    /// A further secret for a key; what becomes of those it has says `olderRetires`. The secret is in this answer and nowhere else;
    /// `nil` when the same command came again. `extendsGrace`: the secret that lives on may live longer than an earlier rotation said.
    /// `reason`: as in `changeKey`. Throws what reading the views throws: they know whether the newest secret was used, which
    /// matters unless all older ones end now.
    public func rotateKey(
        _ id: KeyID, olderRetires: Rotation.OlderRetires, extendsGrace: Bool = false, reason: String? = nil, by caller: Caller,
        commandID: String? = nil
    ) async throws -> (outcome: CommandOutcome, secret: Secret?) {
        try caller.require(.keysWrite)
        if let refusal = KeyRules.check(olderRetires) ?? KeyRules.check(reason: reason) { throw ServiceError.refused(refusal) }
        let content = ["rotate", olderRetires.content, id.description] + (extendsGrace ? ["extends grace"] : []) + said(reason)
        let commandID = try CommandID(commandID, caller, content: content, isPersonal: reason != nil)
        guard let state = try key(id), caller.sees(state.accountID) else { throw ServiceError.unknownKey }
        guard let format = SecretFormat(prefix: prefix) else { throw LedgerError.badPrefix }
        let secret = format.make(environment: state.environment, random: options.randomness.byte)
        let rotation = Rotation(
            digest: SecretFormat.digest(of: secret), hint: SecretFormat.hint(of: secret), olderRetires: olderRetires, isNewestUsed: false,
            extendsGrace: extendsGrace)
        if reason != nil { try await prepareVault(for: id, caller) } else { await prepareVaultIfPossible(for: id, caller) }
        // Uses that were accepted and wait to be recorded count, and commands go before them.
        if case .buffered = options.recording { try await flush() }
        // Where all older secrets end now it does not matter which were used, and nobody waits for the views.
        // They do where the key rotates itself with a secret that is not its newest: whoever has the newest keeps it.
        let own = caller.actor == .key(id) ? caller.secretID : nil
        let isOlder = own.map { own in state.secrets.contains { $0.record.id > own } } ?? false
        let known = olderRetires == .now && !isOlder ? nil : try await secretUses(of: id, for: .account(caller.account))
        let outcome = try await carryOut(
            .init(
                keyID: id, newAccount: nil, command: .rotate(rotation), caller: caller, id: commandID, reason: reason,
                authorise: Self.holdsAll,
                knownUses: known))
        return (outcome, outcome.isRepeat ? nil : secret)
    }

    /// Whoever holds a secret may end its key with it: what the finder of a leaked key should do. Nothing is told to those who
    /// hold none; a secret that was replaced already ends nothing.
    /// `reason`: why, in words of whoever ends it. `address`: where the call comes from; `nil`: it is not known.
    public func revokeKey(
        bySecret secret: some StringProtocol, reason: String? = nil, from address: IPAddress? = nil
    ) async throws -> CommandOutcome {
        if let refusal = KeyRules.check(reason: reason) { throw ServiceError.refused(refusal) }
        let verdict = try lookUp(secret)
        guard let key = verdict.key else {
            recorder.unknownKeys.note(verdict, from: address)
            throw ServiceError.unknownKey
        }
        guard !key.isSecretRetired else { throw ServiceError.secretRetired }
        let caller = Caller.holder(of: key, from: address)
        if reason != nil { try await prepareVault(for: key.id, caller) } else { await prepareVaultIfPossible(for: key.id, caller) }
        return try await carryOut(
            .init(
                keyID: key.id, newAccount: nil, command: .revoke(reasonCode: Self.revokedByHolder), caller: caller, id: nil, reason: reason,
                authorise: { state, _ in
                    guard let secret = state?.secrets.first(where: { $0.record.id == key.secretID }), secret.retiredAt == nil else {
                        throw ServiceError.secretRetired
                    }
                }))
    }

    private func secretUses(of id: KeyID, for asker: Asker) async throws -> Views.SecretUses {
        try await lanes.commands.run(for: asker) { [views] in try views.secretUses(of: id) }
    }

    /// Returns when everything accepted so far is recorded, or was put off for want of space.
    func flush() async throws {
        try await withCheckedThrowingContinuation { continuation in writer.enqueue(FlushJob(continuation)) }
    }

    private static let revokedByHolder = "revoked_by_holder"

    /// Asking again is fine: a revoked key stays revoked, and the answer says where.
    public func revokeKey(
        _ id: KeyID, reason: String? = nil, reasonCode: String = "unspecified", by caller: Caller, commandID: String? = nil
    ) async throws -> CommandOutcome {
        try caller.require(.keysWrite)
        // Said even of a key that is revoked already, and before the vault makes a data key.
        if let refusal = KeyRules.check(reasonCode: reasonCode) ?? KeyRules.check(reason: reason) { throw ServiceError.refused(refusal) }
        return try await simple(
            id, .revoke(reasonCode: reasonCode), ["revoke", reasonCode] + list(reason.map { [$0] } ?? []), reason: reason, by: caller,
            commandID, authorise: { _, _ in })
    }

    /// Records what has ended by itself: the key, or secrets of it.
    func expireKey(_ id: KeyID) async throws {
        let caller = Caller(actor: .sweep, account: .operator, permissions: [])
        _ = try await carryOut(
            .init(keyID: id, newAccount: nil, command: .expire, caller: caller, id: nil, authorise: { _, _ in }))
    }

    /// What is going to be sealed needs a data key; one that was destroyed is replaced.
    private func prepareVault(for id: KeyID, _ caller: Caller) async throws {
        guard let account = try key(id)?.accountID, caller.sees(account) else { return }
        try await prepareVault(of: account)
    }

    /// Likewise, where nothing is to be sealed but who acts, and from where: a key can be stopped when that cannot be kept.
    private func prepareVaultIfPossible(for id: KeyID, _ caller: Caller) async {
        guard !caller.personal.isEmpty else { return }
        do { try await prepareVault(for: id, caller) } catch { options.report("\(error) Who changed \(id) is not kept.") }
    }

    /// Making a data key waits for the disk; mostly there is one.
    func prepareVault(of account: AccountID) async throws {
        if try vault.hasDurableDataKey(account) { return }
        try await lanes.commands.run(for: .account(account)) { [vault] in try vault.ensureDataKey(of: account) }
    }

    private func simple(
        _ id: KeyID, _ command: KeyCommand, _ content: [String], reason: String?, by caller: Caller, _ commandID: String?,
        authorise: @escaping @Sendable (KeyState?, Caller) throws -> Void
    ) async throws -> CommandOutcome {
        try caller.require(.keysWrite)
        if let refusal = KeyRules.check(reason: reason) { throw ServiceError.refused(refusal) }
        let commandID = try CommandID(commandID, caller, content: content + [id.description], isPersonal: reason != nil)
        if reason != nil { try await prepareVault(for: id, caller) } else { await prepareVaultIfPossible(for: id, caller) }
        return try await carryOut(
            .init(keyID: id, newAccount: nil, command: command, caller: caller, id: commandID, reason: reason, authorise: authorise))
    }

    /// Changing or enabling a key makes use of what it may do: that takes holding it oneself. Ending a key does not.
    @Sendable private static func holdsAll(_ state: KeyState?, _ caller: Caller) throws {
        guard let missing = state?.permissions.first(where: { !caller.permissions.contains($0) }) else { return }
        throw ServiceError.missingPermission(missing)
    }

    private func carryOut(_ request: CommandJob.Request) async throws -> CommandOutcome {
        if let refusal = KeyRules.check(request.caller.actor, label: request.caller.label) { throw ServiceError.refused(refusal) }
        try refuseSecrets(in: request)
        if !request.command.endsOnly {
            try standing.requireNewestCopy()
            _ = try watch.believed()
        }
        let result: CommandJob.Result
        do {
            result = try await withCheckedThrowingContinuation { continuation in
                writer.enqueue(
                    CommandJob(
                        request, vault: vault, reader: reader, aggregator: aggregator, sweep: sweep,
                        watch: watch, continuation))
            }
        } catch {
            standing.note(error, stateSet: stateSet)
            throw error
        }
        if let refusal = result.refusal { throw ServiceError.refused(refusal) }
        return CommandOutcome(
            key: KeyView(result.state, vault), position: result.position, isChange: result.isChange, isRepeat: result.isRepeat)
    }
}

extension KeyCommand {
    /// Whether it takes from a key and gives nothing: carried out on an older copy of a log too, and whatever the clock says.
    var endsOnly: Bool {
        switch self {
        case .revoke, .expire, .disable: true
        case .create, .change, .enable, .rotate: false
        }
    }
}

extension CreateKey {
    /// All that was asked for, for comparing a repeated command with the first, which a version before may have carried out.
    fileprivate func content(_ account: AccountID) -> [String] {
        ["create", name, account.description, environment, expiresAt?.shortestText ?? expiresIn.map { "in \($0) s" } ?? ""] + list(scopes)
            + list(permissions.map(\.rawValue))
            + list(metadata) + (ipAllowlist.isEmpty ? [] : list(ipAllowlist))
    }
}

extension KeyChange {
    /// Something in it is sealed where it is recorded.
    fileprivate var isPersonal: Bool { name != nil || metadata != nil || ipAllowlist != nil }

    fileprivate var content: [String] {
        var parts: [String] = []
        if let name { parts += ["name", name] }
        if let scopes { parts += ["scopes"] + list(scopes) }
        if let permissions { parts += ["permissions"] + list(permissions.map(\.rawValue)) }
        if let metadata { parts += ["metadata"] + list(metadata) }
        if let ipAllowlist { parts += ["ipAllowlist"] + list(ipAllowlist) }
        if let expiry { parts += ["expiry", expiry.date?.shortestText ?? "never"] }
        return parts
    }
}

/// Why a command is given, as a part of its content.
private func said(_ reason: String?) -> [String] { reason.map { ["reason", $0] } ?? [] }

/// With its length, so that what follows in a command's content cannot pass for a part of it.
private func list(_ parts: [String]) -> [String] { ["\(parts.count)"] + parts }

private func list(_ pairs: [String: String]) -> [String] {
    list(pairs.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] })
}

extension Rotation.OlderRetires {
    fileprivate var content: String {
        switch self {
        case .now: "now"
        case .after(let seconds): "after \(seconds) s"
        case .whenNewerIsUsed: "when the newer is used"
        }
    }
}
