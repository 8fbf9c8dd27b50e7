internal import Bytes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import Projections

/// The endpoints about accounts: what they have, and what an operator allows them.
enum AccountEndpoints {
    static let all: [Endpoint] = [
        .get("/v1/accounts/{id}", .question(.keysRead, show)),
        .patch("/v1/accounts/{id}", .key(.keysWrite, change)),
    ]

    @Sendable private static func show(_ call: Call) throws -> Response {
        let account = try account(call)
        let standing = try call.ledger.accounts.accountStanding(account, for: call.caller)
        // A response about an account that does not exist discloses no one's data.
        if standing != AccountStanding() { call.noteReading(.keys, of: [account]) }
        return try .document(AccountDocument(account, standing))
    }

    @Sendable private static func change(_ call: Call) async throws -> Response {
        let account = try account(call)
        let commandID = try call.commandID
        var fields = try RequestFields(try await call.body(), isNullAbsent: false, prefix: call.ledger.prefix)
        var change = AccountRulesChange()
        if fields.takesNull("keyLimit") {
            change.keyLimit = .standard
        } else {
            change.keyLimit = try fields.wholeNumber("keyLimit").map { .own($0) }
        }
        if fields.takesNull("grantable") {
            change.grantable = .standard
        } else {
            change.grantable = try fields.strings("grantable").map { .own($0) }
        }
        try fields.end()
        let outcome = try await call.ledger.accounts.changeAccount(account, change, by: call.caller, commandID: commandID)
        let document = AccountDocument(outcome)
        return try .document(call.caller.permissions.contains(.keysRead) ? document : document.onlyChanged(change)).marked(
            isRepeat: outcome.isRepeat)
    }

    /// Returns the account that the path names. Text that cannot be an account's id is as unknown as an id that no account has.
    private static func account(_ call: Call) throws(ServiceError) -> AccountID {
        // Generated clients escape `@` and `:`, which ids may contain.
        guard let account = call.context.parameters["id"].flatMap({ PercentEncoding.decoded($0) }).flatMap({ AccountID($0) }) else {
            throw .unknownAccount
        }
        return account
    }
}
