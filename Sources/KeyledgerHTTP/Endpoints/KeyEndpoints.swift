internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import Projections

/// The endpoints that create, list, show, change and end keys.
enum KeyEndpoints {
    static let all: [Endpoint] = [
        .get("/v1/keys", query: KeyPageRequest.parameters + ["status", "environment", "expiresBefore", "at"], .question(.keysRead, list)),
        .post("/v1/keys", .key(.keysWrite, create)),
        .get("/v1/keys/{id}", query: ["at"], .question(.keysRead, show)),
        .patch("/v1/keys/{id}", .key(.keysWrite, change)),
        .post("/v1/keys/{id}/revoke", .ending(.keysWrite, revoke)),
        .post("/v1/keys/{id}/rotate", .key(.keysWrite, rotate)),
        .post("/v1/keys/{id}/disable", .ending(.keysWrite, disable)),
        .post("/v1/keys/{id}/enable", .key(.keysWrite, enable)),
    ]

    @Sendable private static func list(_ call: Call) throws -> Response {
        let filter = KeyFilter(
            status: try call.query.choice("status"), environment: try environment(call.query),
            expiresBefore: try call.query.time("expiresBefore"))
        let page = try KeyPageRequest(call.query, filter)
        let asOf = try call.query.bound("at").map { try call.ledger.past.asOf($0, field: "at") }
        let now = asOf?.clock ?? call.ledger.time.now
        let (keys, next) = try page.read(call.ledger, call.caller, asOf.map { .past($0) } ?? .present, clock: now)
        call.noteReading(.keys, of: keys.map(\.key.state.accountID))
        return try .document(Page(data: keys.map { KeyDocument($0, at: now) }, nextCursor: next))
    }

    private static func environment(_ query: Query) throws -> String? {
        guard let text = query["environment"] else { return nil }
        if let refusal = KeyRules.check(environment: text, now: Timestamp(seconds: 0)) { throw ServiceError.refused(refusal) }
        return text
    }

    @Sendable private static func create(_ call: Call) async throws -> Response {
        let commandID = try call.commandID
        var fields = try RequestFields(try await call.body(), prefix: call.ledger.prefix)
        let request = try CreateKey(&fields, now: call.ledger.time.now)
        let (outcome, secret) = try await call.ledger.commands.createKey(request, by: call.caller, commandID: commandID)
        var response = try Response.document(KeyDocument(issued: outcome, secret: secret), status: .created)
        response.headers[.location] = "/v1/keys/\(outcome.key.state.id)"
        return response.marked(isRepeat: outcome.isRepeat)
    }

    @Sendable private static func show(_ call: Call) throws -> Response {
        let id = try call.keyID
        let (ledger, caller) = (call.ledger, call.caller)
        let asOf = try call.query.bound("at").map { try ledger.past.asOf($0, field: "at") }
        let listed = try asOf.map { try ledger.past.key(id, at: $0, for: caller) } ?? ledger.keys.usage(of: id, for: caller)
        call.noteReading(.keys, of: [listed.key.state.accountID])
        return try .document(KeyDocument(listed, at: asOf?.clock ?? ledger.time.now))
    }

    @Sendable private static func change(_ call: Call) async throws -> Response {
        let commandID = try call.commandID
        var fields = try RequestFields(try await call.body(), isNullAbsent: false, prefix: call.ledger.prefix)
        let (change, reason) = try KeyChange.read(&fields, now: call.ledger.time.now)
        let outcome = try await call.ledger.commands.changeKey(call.keyID, change, reason: reason, by: call.caller, commandID: commandID)
        let document = KeyDocument(outcome)
        guard call.caller.permissions.contains(.keysRead) else {
            return try .document(document.onlyChanged(change)).marked(isRepeat: outcome.isRepeat)
        }
        // A change without effect only reads the key.
        if !outcome.isChange { call.noteReading(.keys, of: [outcome.key.state.accountID]) }
        return try .document(document).marked(isRepeat: outcome.isRepeat)
    }

    @Sendable private static func revoke(_ call: Call) async throws -> Response {
        let commandID = try call.commandID
        var fields = try await call.optionalFields()
        let reason = try fields.string("reason")
        let reasonCode = try fields.string("reasonCode") ?? "unspecified"
        try fields.end()
        let outcome = try await call.ledger.commands.revokeKey(
            call.keyID, reason: reason, reasonCode: reasonCode, by: call.caller, commandID: commandID)
        return try .document(CommandDocument(outcome)).marked(isRepeat: outcome.isRepeat)
    }

    @Sendable private static func rotate(_ call: Call) async throws -> Response {
        let commandID = try call.commandID
        var fields = try await call.optionalFields()
        let grace = try fields.wholeNumber("graceSeconds")
        let isRetiredByUse = try fields.bool("retireWhenNewerUsed") ?? false
        let extendsGrace = try fields.bool("extendGrace") ?? false
        let reason = try fields.string("reason")
        try fields.end()
        if grace == 0, extendsGrace {
            throw Problem.invalid("extendGrace", "and a grace of 0 exclude each other; send one of them.")
        }
        if grace != nil, isRetiredByUse {
            throw Problem.invalid("graceSeconds", "and retireWhenNewerUsed exclude each other; send one of them.")
        }
        let older: Rotation.OlderRetires =
            isRetiredByUse ? .whenNewerIsUsed : .after(grace: grace.map { .seconds(Int64(clamping: $0)) } ?? Rotation.defaultGrace)
        let (outcome, secret) = try await call.ledger.commands.rotateKey(
            call.keyID, olderRetires: older, extendsGrace: extendsGrace, reason: reason, by: call.caller, commandID: commandID)
        let document = KeyDocument(issued: outcome, secret: secret)
        return try .document(call.caller.permissions.contains(.keysRead) ? document : document.onlyChanged()).marked(
            isRepeat: outcome.isRepeat)
    }

    @Sendable private static func disable(_ call: Call) async throws -> Response {
        let commandID = try call.commandID
        let reason = try await reason(call)
        let outcome = try await call.ledger.commands.disableKey(call.keyID, reason: reason, by: call.caller, commandID: commandID)
        return try .document(CommandDocument(outcome)).marked(isRepeat: outcome.isRepeat)
    }

    @Sendable private static func enable(_ call: Call) async throws -> Response {
        let commandID = try call.commandID
        let reason = try await reason(call)
        let outcome = try await call.ledger.commands.enableKey(call.keyID, reason: reason, by: call.caller, commandID: commandID)
        return try .document(CommandDocument(outcome)).marked(isRepeat: outcome.isRepeat)
    }

    /// Reads the reason from a body that has no other field, or from none.
    private static func reason(_ call: Call) async throws -> String? {
        var fields = try await call.optionalFields()
        let reason = try fields.string("reason")
        try fields.end()
        return reason
    }
}

extension CreateKey {
    /// Reads a request for a new key. Throws a problem that names every field that is wrong.
    fileprivate init(_ fields: inout RequestFields, now: Timestamp) throws(Problem) {
        var errors = FieldErrors()
        let name = try errors.read(fields.required("name", fields.string("name")))
        self.init(name: name ?? "")
        account = try errors.read(fields.account("accountId"))
        environment = try errors.read(fields.string("environment")) ?? environment
        expiresAt = try errors.read(fields.time("expiresAt"))
        scopes = try errors.read(fields.strings("scopes")) ?? []
        permissions = try errors.read(fields.permissions("permissions")) ?? []
        metadata = try errors.read(fields.stringMap("metadata")) ?? [:]
        ipAllowlist = try errors.read(fields.strings("ipAllowlist")) ?? []
        try errors.read(fields.end())
        try errors.end(
            KeyRules.refusals(
                account: account, name: name, environment: environment, scopes: scopes, metadata: metadata, ipAllowlist: ipAllowlist,
                expiresAt: expiresAt, now: now))
    }
}

extension KeyChange {
    /// Reads a change, and the reason for it. Throws a problem that names every field that is wrong.
    fileprivate static func read(_ fields: inout RequestFields, now: Timestamp) throws(Problem) -> (KeyChange, reason: String?) {
        var errors = FieldErrors()
        let reason = try errors.read(fields.string("reason"))
        let change = KeyChange(
            name: try errors.read(fields.string("name")), scopes: try errors.read(fields.strings("scopes")),
            permissions: try errors.read(fields.permissions("permissions")),
            metadata: try errors.read(fields.stringMap("metadata")),
            ipAllowlist: try errors.read(fields.strings("ipAllowlist")), expiry: try errors.read(fields.expiry("expiresAt")))
        try errors.read(fields.end())
        try errors.end(
            KeyRules.refusals(
                name: change.name, scopes: change.scopes, metadata: change.metadata, ipAllowlist: change.ipAllowlist,
                expiresAt: change.expiry?.date, now: now) + (KeyRules.check(reason: reason).map { [$0] } ?? []))
        return (change, reason)
    }
}
