internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Logging
internal import NIOCore
internal import Projections

/// One request of a user who is signed in.
struct SignedInRequest: Sendable {
    let dashboard: Dashboard
    let query: Form
    /// The form that was posted; empty for other requests.
    let form: Form
    let parameters: Parameters
    let token: String
    let session: Session
    let caller: Caller
    let now: Timestamp
    let logger: Logger

    var ledger: Ledger { dashboard.ledger }

    var canWrite: Bool { caller.permissions.contains(.keysWrite) }
    var isOperator: Bool { caller.account.isOperator }

    /// The key that the path names. Throws when the user may not see it.
    var key: DecryptedKey {
        get throws {
            guard let id = parameters["id"].flatMap({ KeyID($0) }) else { throw PageProblem.unknownKey }
            let view = try ledger.keys.decryptedKey(id, for: caller)
            noteReading(.keys, of: [view.state.accountID])
            return view
        }
    }

    /// Records whose data the page discloses.
    func noteReading(_ kind: ReadingKind, of accounts: some Sequence<AccountID>) { ledger.readings.note(kind, of: accounts, by: caller) }

    /// Runs a query that reads much of the ledger, or makes a page of it, in the lane for queries, in which accounts share the
    /// threads fairly.
    func ask<Value: Sendable>(_ question: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await ledger.lanes.questions.run(for: .account(caller.account), question)
    }

    func page(_ template: String, title: String, status: HTTPResponse.Status = .ok, _ fields: TemplateContext) -> Response {
        dashboard.page(template, title: title, status: status, frame.adding(fields))
    }

    /// Logs the cause of an error for the operator, when the page says only that something went wrong.
    func report(_ error: any Error) { logger.error("dashboard: \(error)") }

    func problem(_ problem: PageProblem) -> Response {
        if problem.retryAfter != nil { return dashboard.plainPage(problem) }
        return page(
            "problem", title: problem.heading, status: problem.status,
            [
                "statusCode": String(problem.status.code), "heading": problem.heading, "problemText": problem.text,
                "backPath": Dashboard.base, "backText": "Back to API keys",
            ])
    }

    private var frame: TemplateContext {
        let session: TemplateContext = ["who": who, "account": caller.account.description, "isOperator": isOperator, "canWrite": canWrite]
        return ["csrf": dashboard.tokens.token(for: token), "session": session, "signOutPath": Dashboard.root + "/sign-out"]
    }

    private var who: String {
        switch session.basis {
        case .key(let id, _): (try? ledger.keys.decryptedKey(id, for: caller).name) ?? id.description
        case .handedOver(let user): user.subject
        case .link: "Operator"
        }
    }
}
