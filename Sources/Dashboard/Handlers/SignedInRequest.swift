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
    /// The path of the request's address.
    let path: String
    let query: Form
    /// Whether the request is a form that is to save something.
    let isForm: Bool
    /// The form that was posted, or that is kept for the page that is asked for; empty for other requests.
    let form: Form
    /// The form that is kept for this page, because its session had ended when it was sent; `nil` for nearly all requests.
    let keptForm: KeptForm?
    /// The problem for which the form was refused; `nil` where it was not. A field that had a key's secret in it is empty in `form`.
    var refusal: PageProblem?
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

    /// The notice that was left for this page. It is shown once: reading it takes it.
    var notice: TemplateContext? { refusal?.notice ?? takeNotice()?.fields }

    /// The last component of the path that the form was sent to which this page shows again, such as `rename`; `nil` where it shows none.
    var shownAgain: Substring? { keptForm?.action ?? (refusal == nil ? nil : path.split(separator: "/").last) }

    /// Takes the notice that was left for this page.
    func takeNotice() -> Notice? {
        let left = dashboard.sessions.takeNotice(forPath: path, token, at: now)
        return keptForm?.notice ?? left
    }

    /// The notice that a key has ended already: where a form was sent, that nothing of it was saved.
    var endedNotice: Notice { isForm ? .endedMeanwhile : .ended }

    /// The path of the list of keys as the user last looked at it: with its filters, its order and its page.
    var listPath: String { session.list.path }

    /// Changes what the session remembers from this request on.
    func remember(_ change: (inout Session) -> Void) { dashboard.sessions.update(token, change) }

    /// Remembers that the user has revoked keys, so that these do not disappear from the list before they are seen there.
    func rememberEndings(of keys: [KeyID]) {
        let new = keys.reversed().map { KeyEnding(key: $0, list: session.list, at: now) }
        remember { $0.endings = Array((new + $0.endings).prefix(KeyEnding.maxCount)) }
    }

    /// The key that the user signed in with; `nil` for who came in another way.
    var ownKey: KeyID? {
        guard case .key(let id, _) = session.basis else { return nil }
        return id
    }

    /// Returns the warning that something ends this session; `nil` where it does not.
    func warning(before ending: SessionEnding, of key: KeyID) -> String? {
        ending.ends(session.basis, of: key, from: caller.address) ? ending.warning : nil
    }

    /// Whether the session can no longer be used from here, because of what was done to the key that it rests on.
    private var hasLostItsBasis: Bool {
        do { return try session.caller(ledger, from: caller.address) == nil } catch { return error is PageProblem }
    }

    /// Returns whether another key of a key's account that has not ended has the same name; `false` where that cannot be read.
    func hasNamesake(_ key: DecryptedKey) async -> Bool {
        guard let name = key.name else { return false }
        let count = try? await ask { try ledger.keys.keysNamed(name, account: key.state.accountID, for: caller) }
        return (count ?? 0) > 1
    }

    /// Redirects after a command on a key: to a page of the dashboard that shows a notice, or where the command has ended the session, to
    /// the sign-in page.
    ///
    /// - Parameters:
    ///   - path: The path of the page.
    ///   - notice: What the page says was done.
    /// - Returns: The redirect.
    func redirectAfterCommand(to path: String, notice: Notice) -> Response {
        hasLostItsBasis ? dashboard.endSession(token, notice: notice.ofOwnKey) : redirect(to: path, notice: notice)
    }

    /// Makes the page that shows what a command has done, which may have ended the session: the page says so then, as `isSignedOut`.
    func pageAfterCommand(_ template: String, title: String, _ fields: TemplateContext) -> Response {
        guard hasLostItsBasis else { return page(template, title: title, fields) }
        dashboard.sessions.end(token)
        var response = dashboard.page(template, title: title, fields.adding(["isSignedOut": true, "signInLink": Dashboard.signIn]))
        response.setCookie(dashboard.cookie("session", "", maxAge: .zero))
        return response
    }

    /// Redirects to a page of the dashboard that shows a notice.
    ///
    /// - Parameters:
    ///   - path: The path of the page; a query may follow.
    ///   - notice: What the page says was done.
    /// - Returns: The redirect.
    func redirect(to path: String, notice: Notice) -> Response {
        _ = dashboard.sessions.leave(notice, forPath: String(path.prefix { $0 != "?" }), token, at: now)
        return Dashboard.redirect(to: path)
    }

    /// Runs a query that reads much of the ledger, or makes a page of it, in the lane for queries, in which accounts share the
    /// threads fairly.
    func ask<Value: Sendable>(_ question: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await ledger.lanes.questions.run(for: .account(caller.account), question)
    }

    /// Makes a page. The page of a form that is refused says first that nothing was saved.
    func page(_ template: String, title: String, status: HTTPResponse.Status = .ok, _ fields: TemplateContext) -> Response {
        let isRefused = isForm && refusal == nil && status.kind == .clientError
        let refused: TemplateContext = isRefused ? ["notice": Self.refusedNotice] : [:]
        return dashboard.page(
            template, title: isRefused ? "Not saved: " + title : title, status: status, frame.adding(refused).adding(fields))
    }

    /// The notice above a form of which some fields are wrong. The focus is on these, so the notice does not ask for it.
    private static let refusedNotice: TemplateContext = [
        "isBad": true, "isQuiet": true, "text": PageProblem.Outcome.nothingSaved.text + " What is wrong is said below.",
    ]
    /// The notice above a form that asks something before it is saved.
    static let askedNotice: TemplateContext = [
        "isQuiet": true, "text": PageProblem.Outcome.nothingSaved.text + " Look at what is asked below, and send the form again.",
    ]

    /// Logs the cause of an error for the operator, when the page says only that something went wrong.
    func report(_ error: any Error) { logger.error("dashboard: \(error)") }

    /// Shows the page of a refused form again, as it was filled in, with the problem above it.
    ///
    /// - Parameters:
    ///   - page: The page of the form.
    ///   - problem: The problem for which it was refused.
    /// - Returns: The page; `nil` where the form cannot be shown, or is of no use any more.
    func showAgain(_ page: any FormPage.Type, refusedFor problem: PageProblem) async -> Response? {
        guard problem.keepsForm else { return nil }
        var refused = self
        refused.refusal = problem
        guard var shown = try? await ask({ [refused] in try page.init(signedIn: refused).show() }) else { return nil }
        // Where the form is no longer of any use, its page leads elsewhere.
        if shown.status.kind != .redirection { shown.status = problem.status }
        return shown
    }

    func problem(_ problem: PageProblem) -> Response {
        if problem.retryAfter != nil { return dashboard.plainPage(problem) }
        return page(
            "problem", title: problem.heading, status: problem.status,
            [
                "statusCode": String(problem.status.code), "heading": problem.heading, "problemText": problem.text,
                "backPath": listPath, "backText": "Back to API keys",
            ])
    }

    private var frame: TemplateContext {
        let session: TemplateContext = ["who": who, "account": caller.account.description, "isOperator": isOperator, "canWrite": canWrite]
        return [
            "csrf": dashboard.tokens.token(for: token), "session": session, "signOutPath": Dashboard.signOut,
            "notice": refusal?.notice ?? keptForm?.notice.fields,
        ]
    }

    private var who: String {
        switch session.basis {
        case .key(let id, _): (try? ledger.keys.decryptedKey(id, for: caller).name) ?? id.description
        case .handedOver(let user): user.subject
        case .link: "Operator"
        }
    }
}
