public import Bytes
internal import EventLog
public import KeyEvents
internal import Projections
internal import Validation

/// The lifecycle commands on keys: each is decided and recorded in one write transaction, and durable when it returns.
public struct KeyCommands: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// The lifecycle commands on keys.
    public var commands: KeyCommands { KeyCommands(self) }
}

extension KeyCommands {
    /// Creates a key.
    ///
    /// - Parameters:
    ///   - request: what the key is to be.
    ///   - caller: on whose behalf the key is created; needs the permission to write keys, and every permission that the key is given.
    ///   - commandID: the caller's idempotency key; a repeated command with it returns the first outcome and creates nothing.
    /// - Returns: the outcome with the new key, and its secret, which is in this result and nowhere else; `secret` is `nil` where the
    ///   command was a repetition.
    /// - Throws: `ServiceError` where the request is refused; `LedgerError` where the clock is in doubt, the log is not the newest
    ///   copy, or the vault or the log cannot be written.
    public func createKey(
        _ request: CreateKey, by caller: Caller, commandID: String? = nil
    ) async throws -> (outcome: CommandOutcome, secret: Secret?) {
        try caller.require(.keysWrite)
        let account = request.account ?? caller.account
        guard caller.sees(account) else { throw ServiceError.unknownAccount }
        try caller.checkGrant(of: request.permissions)
        let id = try self.commandID(commandID, caller, content: request.content(account), isPersonal: true)
        // The rules are checked before the vault makes a data key, so that a refused request leaves none. The expiry is left to the
        // writer: a repeated command may come after it.
        if let refusal = KeyRules.check(account: account) { throw ServiceError.refused(refusal) }
        if let refusal = KeyRules.check(
            account: account, name: request.name, environment: request.environment, scopes: request.scopes, metadata: request.metadata,
            ipAllowlist: request.ipAllowlist, now: ledger.time.now)
        {
            throw ServiceError.refused(refusal)
        }
        // The account's id becomes the name of a file in the vault.
        try refuseSecret(in: account.description, "accountId")
        guard let format = SecretFormat(prefix: ledger.prefix) else { throw LedgerError.badPrefix }
        let randomness = ledger.options.randomness
        let secret = format.make(environment: request.environment, random: randomness.byte)
        let record = SecretRecord(id: 1, digest: SecretFormat.digest(of: secret), hint: SecretFormat.hint(of: secret))
        let new = NewKey(
            name: request.name, environment: request.environment, secret: record, scopes: request.scopes,
            permissions: request.permissions, metadata: request.metadata, ipAllowlist: request.ipAllowlist,
            expiresAt: request.expiresAt ?? request.expiresIn.map { ledger.time.now + $0 })
        try await prepareVault(of: account)
        ledger.knownEnvironments.add(request.environment)
        let outcome = try await submit(
            .init(
                keyID: KeyID(at: ledger.time.now, random: (randomness.word(), randomness.word())), newAccount: account,
                command: .create(new),
                caller: caller, id: id, authorise: { _, _ in }))
        return (outcome, outcome.isRepeat ? nil : secret)
    }

    /// Changes a key's fields.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - change: the new values of the fields that change.
    ///   - expiresIn: the new lifetime from the change on, in whole seconds; it counts where `change` names no expiry.
    ///   - revision: the position of the last event that changed the key (`KeyState.changedPosition`), as the caller knows it; `nil`
    ///     changes the key whatever happened since.
    ///   - reason: why, in the caller's words, at most `KeyRules.maximumReasonLength` code points; recorded sealed.
    ///   - caller: on whose behalf the key is changed; it must hold every permission that the key has or is given.
    ///   - commandID: the caller's idempotency key.
    /// - Returns: the outcome with the key after the change.
    /// - Throws: `ServiceError` where the change is refused; `StaleRevision` where the key is of a later revision; `LedgerError` where
    ///   the clock is in doubt, the log is not the newest copy, or the vault or the log cannot be written.
    public func changeKey(
        _ id: KeyID, _ change: KeyChange, expiresIn: Duration? = nil, revision: UInt64? = nil, reason: String? = nil, by caller: Caller,
        commandID: String? = nil
    ) async throws -> CommandOutcome {
        try caller.require(.keysWrite)
        if let refusal = KeyRules.check(reason: reason) { throw ServiceError.refused(refusal) }
        if let permissions = change.permissions { try caller.checkGrant(of: permissions) }
        let said =
            ["change", id.description] + change.content + (expiresIn.map { ["expiresIn", "\($0.wholeSeconds)"] } ?? []) + said(reason)
        let command = try self.commandID(commandID, caller, content: said, isPersonal: change.isPersonal || reason != nil)
        var change = change
        if change.expiry == nil { change.expiry = expiresIn.map { .at(ledger.time.now + $0) } }
        if change.isPersonal || reason != nil {
            try await prepareVault(for: id, caller)
        } else {
            await prepareVaultIfPossible(for: id, caller)
        }
        return try await submit(
            .init(
                keyID: id, newAccount: nil, command: .change(change), caller: caller, id: command, reason: reason,
                authorise: { state, caller in
                    try Self.holdsAll(state, caller)
                    if let revision, let state, state.changedPosition != revision { throw StaleRevision() }
                }))
    }

    /// Disables a key: it is refused until it is enabled again.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - reason: why, as in `changeKey`.
    ///   - caller: on whose behalf the key is disabled.
    ///   - commandID: the caller's idempotency key.
    /// - Returns: the outcome with the disabled key.
    /// - Throws: `ServiceError` where the command is refused; `LedgerError` where the vault or the log cannot be written.
    public func disableKey(
        _ id: KeyID, reason: String? = nil, by caller: Caller, commandID: String? = nil
    ) async throws -> CommandOutcome {
        try await submitStatusChange(
            id, .disable, ["disable"] + said(reason), reason: reason, by: caller, commandID, authorise: { _, _ in })
    }

    /// Enables a disabled key again.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - reason: why, as in `changeKey`.
    ///   - caller: on whose behalf the key is enabled; it must hold every permission that the key has.
    ///   - commandID: the caller's idempotency key.
    /// - Returns: the outcome with the enabled key.
    /// - Throws: `ServiceError` where the command is refused; `LedgerError` where the clock is in doubt, the log is not the newest
    ///   copy, or the vault or the log cannot be written.
    public func enableKey(
        _ id: KeyID, reason: String? = nil, by caller: Caller, commandID: String? = nil
    ) async throws -> CommandOutcome {
        try await submitStatusChange(
            id, .enable, ["enable"] + said(reason), reason: reason, by: caller, commandID, authorise: Self.holdsAll)
    }

    /// Gives a key a further secret.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - olderRetires: when the key's older secrets end.
    ///   - extendsGrace: whether the secret that stays in force may do so longer than an earlier rotation said.
    ///   - newest: the number of the key's newest secret, as the caller knows it; `nil` rotates the key whatever secrets it has.
    ///   - reason: why, as in `changeKey`.
    ///   - caller: on whose behalf the key is rotated; it must hold every permission that the key has.
    ///   - commandID: the caller's idempotency key.
    /// - Returns: the outcome with the key, and the new secret, which is in this result and nowhere else; `secret` is `nil` where the
    ///   command was a repetition.
    /// - Throws: `ServiceError` where the rotation is refused; `StaleRevision` where the key has another newest secret; `LedgerError`
    ///   where the clock is in doubt, the log is not the newest copy, or the vault or the log cannot be written;
    ///   `FairRefusal` where too much work waits; the errors of reading the views, which tell whether the newest secret was used (not
    ///   needed where all older secrets end now).
    public func rotateKey(
        _ id: KeyID, olderRetires: Rotation.OlderRetires, extendsGrace: Bool = false, newest: UInt32? = nil, reason: String? = nil,
        by caller: Caller, commandID: String? = nil
    ) async throws -> (outcome: CommandOutcome, secret: Secret?) {
        try caller.require(.keysWrite)
        if let refusal = KeyRules.check(olderRetires) ?? KeyRules.check(reason: reason) { throw ServiceError.refused(refusal) }
        let content = ["rotate", olderRetires.content, id.description] + (extendsGrace ? ["extends grace"] : []) + said(reason)
        let commandID = try self.commandID(commandID, caller, content: content, isPersonal: reason != nil)
        guard let state = try ledger.key(id), caller.sees(state.accountID) else { throw ServiceError.unknownKey }
        guard let format = SecretFormat(prefix: ledger.prefix) else { throw LedgerError.badPrefix }
        let secret = format.make(environment: state.environment, random: ledger.options.randomness.byte)
        let rotation = Rotation(
            digest: SecretFormat.digest(of: secret), hint: SecretFormat.hint(of: secret), olderRetires: olderRetires, isNewestUsed: false,
            extendsGrace: extendsGrace)
        try await prepareVault(for: id, toSeal: reason, caller)
        // Accepted uses that wait to be recorded count too. They are flushed first, since the writer takes commands before them.
        if case .buffered = ledger.options.recording { try await ledger.flush() }
        // The views are not needed where all older secrets end now, since it does not matter then which were used. They are needed
        // where the key rotates itself with a secret that is not its newest: the holder of the newest secret keeps the key.
        let own = caller.actor == .key(id) ? caller.secretID : nil
        let isOlder = own.map { own in state.secrets.contains { $0.record.id > own } } ?? false
        let known = olderRetires == .now && !isOlder ? nil : try await secretUses(of: id, for: .account(caller.account))
        let outcome = try await submit(
            .init(
                keyID: id, newAccount: nil, command: .rotate(rotation), caller: caller, id: commandID, reason: reason,
                authorise: { state, caller in
                    try Self.holdsAll(state, caller)
                    if let newest, let state, state.secrets.last?.record.id != newest { throw StaleRevision() }
                },
                knownUses: known))
        return (outcome, outcome.isRepeat ? nil : secret)
    }

    /// Revokes the key of a presented secret: what the finder of a leaked key should do. Callers who hold no secret learn nothing, and
    /// a secret that was already replaced revokes nothing.
    ///
    /// - Parameters:
    ///   - secret: the whole text of the secret.
    ///   - reason: why, in the caller's words, as in `changeKey`.
    ///   - address: the address that the call comes from; `nil` where it is not known.
    /// - Returns: the outcome with the revoked key.
    /// - Throws: `ServiceError.unknownKey` for a secret of no key, `.secretRetired` for one that was replaced, `.refused` for a reason
    ///   that is not allowed; `LedgerError` where the vault or the log cannot be written.
    public func revokeKey(
        bySecret secret: some StringProtocol, reason: String? = nil, from address: IPAddress? = nil
    ) async throws -> CommandOutcome {
        if let refusal = KeyRules.check(reason: reason) { throw ServiceError.refused(refusal) }
        let verdict = try ledger.verifier.lookUp(secret)
        guard let key = verdict.key else {
            ledger.recorder.unknownKeys.note(verdict, from: address)
            throw ServiceError.unknownKey
        }
        guard !key.isSecretRetired else { throw ServiceError.secretRetired }
        let caller = Caller.holder(of: key, from: address)
        if reason != nil { try await prepareVault(for: key.id, caller) } else { await prepareVaultIfPossible(for: key.id, caller) }
        return try await submit(
            .init(
                keyID: key.id, newAccount: nil, command: .revoke(reasonCode: Self.revokedByHolder), caller: caller, id: nil, reason: reason,
                authorise: { state, _ in
                    guard let secret = state?.secrets.first(where: { $0.record.id == key.secretID }), secret.retiredAt == nil else {
                        throw ServiceError.secretRetired
                    }
                }))
    }

    private func secretUses(of id: KeyID, for tenant: Tenant) async throws -> Views.SecretUses {
        try await ledger.lanes.commands.run(for: tenant) { [views = ledger.views] in try views.secretUses(of: id) }
    }

    private static let revokedByHolder = "revoked_by_holder"

    /// Revokes a key for good. A repeated revocation succeeds and returns where the key was revoked.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - reason: why, as in `changeKey`.
    ///   - reasonCode: why, as a word for programs; it is recorded readable.
    ///   - caller: on whose behalf the key is revoked.
    ///   - commandID: the caller's idempotency key.
    /// - Returns: the outcome with the revoked key.
    /// - Throws: `ServiceError` where the command is refused; `LedgerError` where the vault or the log cannot be written.
    public func revokeKey(
        _ id: KeyID, reason: String? = nil, reasonCode: String = "unspecified", by caller: Caller, commandID: String? = nil
    ) async throws -> CommandOutcome {
        try caller.require(.keysWrite)
        // The check comes before the vault makes a data key, and applies to a key that is already revoked too.
        if let refusal = KeyRules.check(reasonCode: reasonCode) ?? KeyRules.check(reason: reason) { throw ServiceError.refused(refusal) }
        return try await submitStatusChange(
            id, .revoke(reasonCode: reasonCode), ["revoke", reasonCode] + list(reason.map { [$0] } ?? []), reason: reason, by: caller,
            commandID, authorise: { _, _ in })
    }

    /// Records an end that has come by itself: the key's expiry, or the end of some of its secrets.
    func expireKey(_ id: KeyID) async throws {
        let caller = Caller(actor: .sweep, account: .operator, permissions: [])
        _ = try await submit(
            .init(keyID: id, newAccount: nil, command: .expire, caller: caller, id: nil, authorise: { _, _ in }))
    }

    /// Makes sure that the key's account has a data key, since the command seals fields; a destroyed one is replaced.
    private func prepareVault(for id: KeyID, _ caller: Caller) async throws {
        guard let account = try ledger.key(id)?.accountID, caller.sees(account) else { return }
        try await prepareVault(of: account)
    }

    /// Makes sure of a data key for a reason, without which a key can be stopped even when none can be had.
    private func prepareVault(for id: KeyID, toSeal reason: String?, _ caller: Caller) async throws {
        guard reason != nil else { return await prepareVaultIfPossible(for: id, caller) }
        do { try await prepareVault(for: id, caller) } catch LedgerError.vault(let path, let problem) {
            throw LedgerError.vault(
                path: path, problem: "\(problem). The reason would be sealed with it: the command works without a reason")
        }
    }

    /// Makes sure of a data key where nothing is to be sealed but the caller's person and address: a key can be stopped even when those
    /// cannot be kept.
    private func prepareVaultIfPossible(for id: KeyID, _ caller: Caller) async {
        guard !caller.personal.isEmpty else { return }
        do { try await prepareVault(for: id, caller) } catch { ledger.options.report("\(error) Who changed \(id) is not kept.") }
    }

    /// Makes sure that an account has a data key. Making one waits for the disk; usually it exists. One that is lost is replaced too, so
    /// that the service goes on, and not without a word.
    func prepareVault(of account: AccountID) async throws {
        try ledger.environment.requireInPlace()
        if try ledger.vault.hasDurableDataKey(account) { return }
        try await ledger.lanes.commands.run(for: .account(account)) { [ledger] in
            let isLost = try ledger.vault.dataKeyID(of: account) == nil && ledger.hasLostDataKey(account)
            try ledger.vault.ensureDataKey(of: account)
            if isLost { ledger.dataKeyWatch.addReplaced(account) }
        }
    }

    private func submitStatusChange(
        _ id: KeyID, _ command: KeyCommand, _ content: [String], reason: String?, by caller: Caller, _ commandID: String?,
        authorise: @escaping @Sendable (KeyState?, Caller) throws -> Void
    ) async throws -> CommandOutcome {
        try caller.require(.keysWrite)
        if let refusal = KeyRules.check(reason: reason) { throw ServiceError.refused(refusal) }
        let commandID = try self.commandID(commandID, caller, content: content + [id.description], isPersonal: reason != nil)
        try await prepareVault(for: id, toSeal: reason, caller)
        return try await submit(
            .init(keyID: id, newAccount: nil, command: command, caller: caller, id: commandID, reason: reason, authorise: authorise))
    }

    /// Requires that the caller holds every permission of the key: changing or enabling a key makes use of them. Ending a key does not.
    @Sendable private static func holdsAll(_ state: KeyState?, _ caller: Caller) throws {
        guard let missing = state?.permissions.first(where: { !caller.permissions.contains($0) }) else { return }
        throw ServiceError.missingPermission(missing)
    }

    private func submit(_ request: CommandJob.Request) async throws -> CommandOutcome {
        if let refusal = KeyRules.check(request.caller.actor, label: request.caller.label) { throw ServiceError.refused(refusal) }
        try refuseSecrets(in: request)
        if !request.command.endsOnly {
            try ledger.standing.requireNewestCopy()
            _ = try ledger.watch.believed()
        }
        let result: CommandJob.Result
        do {
            result = try await withCheckedThrowingContinuation { continuation in
                ledger.writer.enqueue(
                    CommandJob(
                        request, vault: ledger.vault, reader: ledger.reader, aggregator: ledger.aggregator, sweep: ledger.sweep,
                        watch: ledger.watch, continuation))
            }
        } catch {
            ledger.standing.note(error, stateSet: ledger.stateSet)
            throw error
        }
        if let refusal = result.refusal { throw ServiceError.refused(refusal) }
        return CommandOutcome(
            key: DecryptedKey(result.state, ledger.vault), position: result.position, decidedAt: result.decidedAt,
            isChange: result.isChange, isRepeat: result.isRepeat)
    }
}

extension KeyCommand {
    /// Whether the command takes something from a key and gives nothing: such a command is carried out on an older copy of a log too,
    /// and while the clock is in doubt.
    var endsOnly: Bool {
        switch self {
        case .revoke, .expire, .disable: true
        case .create, .change, .enable, .rotate: false
        }
    }
}

extension CreateKey {
    /// Everything that was asked for: a repeated command, which an earlier version may have carried out, is compared by it.
    fileprivate func content(_ account: AccountID) -> [String] {
        ["create", name, account.description, environment, expiresAt?.compactText ?? expiresIn.map { "in \($0.wholeSeconds) s" } ?? ""]
            + list(scopes)
            + list(permissions.map(\.rawValue))
            + list(metadata) + (ipAllowlist.isEmpty ? [] : list(ipAllowlist))
    }
}

extension KeyChange {
    /// Whether a field of the change is sealed where it is recorded.
    fileprivate var isPersonal: Bool { name != nil || metadata != nil || ipAllowlist != nil }

    fileprivate var content: [String] {
        var parts: [String] = []
        if let name { parts += ["name", name] }
        if let scopes { parts += ["scopes"] + list(scopes) }
        if let permissions { parts += ["permissions"] + list(permissions.map(\.rawValue)) }
        if let metadata { parts += ["metadata"] + list(metadata) }
        if let ipAllowlist { parts += ["ipAllowlist"] + list(ipAllowlist) }
        if let expiry { parts += ["expiry", expiry.date?.compactText ?? "never"] }
        return parts
    }
}

/// The reason as a part of a command's content.
private func said(_ reason: String?) -> [String] { reason.map { ["reason", $0] } ?? [] }

/// A list with its length before it, so that what follows in a command's content cannot pass for a part of the list.
private func list(_ parts: [String]) -> [String] { ["\(parts.count)"] + parts }

private func list(_ pairs: [String: String]) -> [String] {
    list(pairs.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] })
}

extension Rotation.OlderRetires {
    fileprivate var content: String {
        switch self {
        case .now: "now"
        case .after(let grace): "after \(grace.wholeSeconds) s"
        case .whenNewerIsUsed: "when the newer is used"
        }
    }
}
