internal import Bytes
internal import Foundation
internal import HTTPTypes
public import Hummingbird
internal import KeyEvents
internal import KeyledgerHTTP
public import Ledger
internal import LedgerAPI
internal import Logging
internal import NIOCore

/// The dashboard: the web pages on which account owners and operators manage keys. Everything except copying and live figures
/// works without the pages' script.
public final class Dashboard: Sendable {
    /// The path below which all pages are. Whoever builds the router leaves it to the dashboard how paths below it are answered.
    public static let root = "/dashboard"
    static let base = root + "/property-listings/settings"
    static let apiDocs = root + "/api-docs"
    static let signIn = root + "/sign-in"
    static let firstSignIn = root + "/first-sign-in"
    static let signOut = root + "/sign-out"
    private static let maxFormBytes = 64 * 1024
    /// The cookie with the notice for a user without a session.
    static let noticeCookie = "notice"
    /// The cookie with the token of a form that is kept.
    private static let keptFormCookie = "form"

    let ledger: Ledger
    let settings: DashboardSettings
    let sessions: SessionStore
    let keptForms = KeptForms()
    let tokens: FormTokens
    let failures = FailureLimiter()
    let link = SignInLink()
    let handOver: HandOver?
    let apiDescription: APIDescription
    let methods = PageMethods()
    private let templates: Templates
    private let assets = Assets(base: root + "/assets")

    /// Creates the dashboard of a ledger.
    ///
    /// - Parameters:
    ///   - ledger: The ledger that the pages show.
    ///   - settings: The operator's configuration.
    /// - Throws: `HandOverProblem` when the key of the host product cannot be used.
    public init(ledger: Ledger, settings: DashboardSettings = DashboardSettings()) async throws {
        self.ledger = ledger
        self.settings = settings
        let tokens = FormTokens(random: ledger.options.randomness.word)
        self.tokens = tokens
        sessions = SessionStore(formToken: { tokens.token(for: $0) })
        templates = try Templates()
        apiDescription = APIDescription(templates)
        if let handOver = settings.handOver { self.handOver = try await HandOver(handOver) } else { handOver = nil }
    }

    /// Makes the path of a link that signs its reader in as an operator: once, within 15 minutes. It replaces an earlier link.
    public func makeSignInLink() -> String {
        let token = tokens.make()
        link.offer(token, at: ledger.time.now)
        return Self.firstSignIn + "?token=" + token
    }

    /// Adds the dashboard's routes, all of them below `/dashboard`, and a redirect from `/`.
    public func addRoutes<Context: RequestContext & RemoteAddressRequestContext>(to router: Router<Context>) {
        router.add(middleware: PagePaths(dashboard: self))
        router.get("/") { _, _ in Self.redirect(to: Self.base) }
        let signInPage = SignInPage(dashboard: self)
        open(router, .get, Self.signIn) { request, _ in try await signInPage.show(request) }
        open(router, .post, Self.signIn) { [self] in try await signInPage.signIn($0, by: stranger($0, $1)) }
        open(router, .get, Self.firstSignIn) { request, _ in signInPage.showLink(request) }
        open(router, .post, Self.firstSignIn) { [self] in try await signInPage.follow($0, by: stranger($0, $1)) }
        open(router, .post, Self.root + "/hand-over") { [self] in try await signInPage.handOver($0, by: stranger($0, $1)) }
        open(router, .get, Self.root + "/assets/{file}") { [assets] request, _ in
            guard let response = assets.response(String(request.uri.path.split(separator: "/").last ?? "")) else {
                throw PageProblem.unknownPage
            }
            return response
        }
        open(router, .get, Self.apiDocs) { [self] request, context in
            if let signedIn = try await signedIn(request, context, isPersons: true) {
                return try await signedIn.ask { [apiDescription] in
                    try signedIn.page(
                        "api-docs", title: "API documentation", ["apiDescription": apiDescription.html(), "isLedgerDocsPage": true])
                }
            }
            return try await ledger.lanes.questions.run(for: .stranger) { [self] in
                try page("api-docs", title: "API documentation", ["apiDescription": apiDescription.html(), "signInLink": Self.signIn])
            }
        }
        for path in [Self.root, Self.root + "/property-listings"] {
            visits(router, .get, path) { _ in Self.redirect(to: Self.base) }
        }
        open(router, .post, Self.signOut) { request, _ in try await signInPage.signOut(request) }
        questions(router, Self.base, KeysPage.self)
        visits(router, .post, Self.base + "/search", secrets: ["q"], again: KeysPage.self) {
            try SearchPage(signedIn: $0).answer()
        }
        renewals(router, Self.base + "/keys/live") { try KeysPage(signedIn: $0).live() }
        renewals(router, Self.base + "/keys/{id}/live") { try KeyPage(signedIn: $0).live() }
        visits(router, .post, BulkRevokePage.selectPath) { try BulkRevokePage(signedIn: $0).select() }
        questions(router, BulkRevokePage.reportPath) { try BulkRevokePage(signedIn: $0).showReport() }
        questions(router, BulkRevokePage.path, BulkRevokePage.self)
        visits(router, .post, BulkRevokePage.path, again: BulkRevokePage.self) {
            try await BulkRevokePage(signedIn: $0).revoke()
        }
        questions(router, KeysExport.path) { try KeysExport(signedIn: $0).show() }
        visits(router, .get, KeysExport.filePath) { try await KeysExport(signedIn: $0).download() }
        questions(router, Self.base + "/keys/new", CreatePage.self)
        visits(router, .get, Self.base + "/keys") { _ in Self.redirect(to: Self.base) }
        visits(router, .post, Self.base + "/keys", again: CreatePage.self) { try await CreatePage(signedIn: $0).create() }
        questions(router, Self.base + "/keys/{id}", KeyPage.self)
        questions(router, Self.base + "/keys/{id}/requests") { try RequestsPage(signedIn: $0).show() }
        questions(router, ActivityPage.path, ActivityPage.self)
        questions(router, ActivityPage.path + ".csv") { try ActivityPage(signedIn: $0).download() }
        visits(router, .post, ActivityPage.path, again: ActivityPage.self) { ActivityPage(signedIn: $0).search() }
        questions(router, Self.base + "/keys/{id}/edit", EditPage.self)
        visits(router, .post, Self.base + "/keys/{id}/edit", again: EditPage.self) {
            try await EditPage(signedIn: $0).save()
        }
        visits(router, .post, Self.base + "/keys/{id}/rename", again: KeyPage.self) { try await KeyPage(signedIn: $0).rename() }
        visits(router, .post, Self.base + "/keys/{id}/disable", again: KeyPage.self) { try await KeyPage(signedIn: $0).disable() }
        visits(router, .post, Self.base + "/keys/{id}/enable", again: KeyPage.self) { try await KeyPage(signedIn: $0).enable() }
        questions(router, Self.base + "/keys/{id}/revoke", RevokePage.self)
        visits(router, .post, Self.base + "/keys/{id}/revoke", again: RevokePage.self) { try await RevokePage(signedIn: $0).revoke() }
        questions(router, Self.base + "/keys/{id}/rotate", RotatePage.self)
        visits(router, .post, Self.base + "/keys/{id}/rotate", again: RotatePage.self) { try await RotatePage(signedIn: $0).rotate() }
        questions(router, Self.base + "/keys/{id}/test", TestKeyPage.self)
        visits(router, .post, Self.base + "/keys/{id}/test", again: TestKeyPage.self) { signedIn in
            try await signedIn.ask { try TestKeyPage(signedIn: signedIn).test() }
        }
        questions(router, TroubleshootingPage.path) { try TroubleshootingPage(signedIn: $0).show() }
        visits(
            router, .post, TroubleshootingPage.path, secrets: ["requestHeader"], maxFormBytes: TroubleshootingPage.maxFormBytes
        ) { signedIn in
            try await signedIn.ask { try TroubleshootingPage(signedIn: signedIn).diagnose() }
        }
        methods.learn(router)
    }

    // MARK: Kinds of routes

    /// Adds a route that needs no session.
    private func open<Context: RequestContext & RemoteAddressRequestContext>(
        _ router: Router<Context>, _ method: HTTPRequest.Method, _ path: String,
        _ handle: @escaping @Sendable (Request, Context) async throws -> Response
    ) {
        router.on(RouterPath(path), method: method) { [self] request, context in
            do {
                if let away = leadAway(request) { return away }
                return try await handle(request, context)
            } catch {
                return problemPage(PageProblem(error), request, context.logger)
            }
        }
    }

    /// Adds a route that needs a session; browsers without one are sent to the sign-in page. A form must come from a page of
    /// the dashboard. `secrets` are its fields that may contain a key's secret; a secret in another field is a reason to refuse the form.
    /// A form that is refused is shown again on the page `again`, as it was filled in; without such a page, the problem has its own.
    private func visits<Context: RequestContext & RemoteAddressRequestContext>(
        _ router: Router<Context>, _ method: HTTPRequest.Method, _ path: String, secrets: [String] = [],
        maxFormBytes: Int = Dashboard.maxFormBytes, again: (any FormPage.Type)? = nil,
        _ handle: @escaping @Sendable (SignedInRequest) async throws -> Response
    ) {
        router.on(RouterPath(path), method: method) { [self] request, context in
            var known: SignedInRequest?
            do {
                if let away = leadAway(request) { return away }
                guard let signedIn = try await signedIn(request, context, isPersons: true, secrets: secrets, maxFormBytes: maxFormBytes)
                else {
                    return await askToSignIn(request, maxFormBytes: maxFormBytes)
                }
                known = signedIn
                if method == .post {
                    guard !isCrossSite(request), let token = signedIn.form["csrf"], tokens.isToken(token, for: signedIn.token) else {
                        if let kept = keep(signedIn.form, request, for: signedIn.caller.account, isWhole: signedIn.refusal == nil) {
                            return redirect(to: kept.page, withKept: signedIn.form)
                        }
                        throw PageProblem.foreignForm
                    }
                } else if signedIn.query.misplacedSecret(except: [], knownSecret(in:)) != nil {
                    return signedIn.redirect(to: Self.base, notice: .keyInAddress)
                } else if path == Self.base, let kept = keptForm(request, of: signedIn.caller.account, at: signedIn.now) {
                    // A user who comes back from the host product lands on the list instead of the form.
                    return Self.redirect(to: kept.page)
                }
                if let refusal = signedIn.refusal { throw refusal }
                return try await handle(signedIn)
            } catch {
                let isForm = method == .post && !KeptForm.isQuestion(request.uri.path)
                let problem = isForm ? PageProblem(error).ofForm : PageProblem(error)
                guard let known else { return problemPage(problem, request, context.logger) }
                if let cause = problem.cause { context.logger.error("\(method) \(path): \(cause)") }
                if method == .post, let again, let shown = await known.showAgain(again, refusedFor: problem) { return shown }
                return known.problem(problem)
            }
        }
    }

    /// Adds a page that needs a session and reads much of the ledger: it runs in the lane for queries, in which accounts share
    /// the threads fairly.
    private func questions<Context: RequestContext & RemoteAddressRequestContext>(
        _ router: Router<Context>, _ path: String, _ handle: @escaping @Sendable (SignedInRequest) throws -> Response
    ) {
        visits(router, .get, path) { signedIn in try await signedIn.ask { try handle(signedIn) } }
    }

    /// Adds a page with a form, as `questions` does.
    private func questions<Context: RequestContext & RemoteAddressRequestContext>(
        _ router: Router<Context>, _ path: String, _ page: any FormPage.Type
    ) {
        questions(router, path) { try page.init(signedIn: $0).show() }
    }

    /// Adds a route that renews the parts of an open page (`data-part`), as its script asks again and again. That prolongs no session.
    private func renewals<Context: RequestContext & RemoteAddressRequestContext>(
        _ router: Router<Context>, _ path: String, _ handle: @escaping @Sendable (SignedInRequest) throws -> Response
    ) {
        router.get(RouterPath(path)) { [self] request, context in
            let signedOut = Self.json("{\"code\":\"SIGNED_OUT\"}", status: .unauthorized)
            do {
                guard let signedIn = try await signedIn(request, context, isPersons: false) else { return signedOut }
                return try await signedIn.ask { try handle(signedIn) }
            } catch ServiceError.unknownKey {
                return Self.json("{\"code\":\"NOT_FOUND\"}", status: .notFound)
            } catch let problem as PageProblem {
                return problem.status == .notFound ? Self.json("{\"code\":\"NOT_FOUND\"}", status: .notFound) : signedOut
            } catch let refusal as FairRefusal {
                let problem = PageProblem(refusal)
                var response = Self.json("{\"code\":\"BUSY\"}", status: problem.status)
                response.headers[.retryAfter] = problem.retryAfter
                return response
            } catch {
                return Self.json("{\"code\":\"UNAVAILABLE\"}", status: .serviceUnavailable)
            }
        }
    }

    private func address(_ request: Request, _ context: some RemoteAddressRequestContext) -> IPAddress? {
        settings.trustedProxies.client(of: request.head, from: context.remoteAddress)
    }

    private func stranger(_ request: Request, _ context: some RequestContext & RemoteAddressRequestContext) -> SignInPage.Stranger {
        SignInPage.Stranger(address: address(request, context), logger: context.logger)
    }

    /// Returns the signed-in request; `nil` when there is no session. A session ends when the key behind it is no longer
    /// accepted.
    private func signedIn(
        _ request: Request, _ context: some RequestContext & RemoteAddressRequestContext, isPersons: Bool, secrets: [String] = [],
        maxFormBytes: Int = Dashboard.maxFormBytes
    ) async throws -> SignedInRequest? {
        let now = ledger.time.now
        guard let token = sessionToken(request), let session = sessions.session(token, at: now, isVisit: isPersons) else { return nil }
        guard let caller = try session.caller(ledger, from: address(request, context)) else {
            sessions.end(token)
            return nil
        }
        var form = Form("")
        var kept: KeptForm?
        var refusal: PageProblem?
        if request.method == .post {
            form = try await self.form(request, maxBytes: maxFormBytes)
            // Only the ledger knows the random part of a secret when it sees it.
            if let found = try form.misplacedSecret(except: secrets, ledger.commands.misplacedSecret(in:)) {
                refusal = PageProblem(found.secret, in: Form.label(of: found.field))
                form = found.rest
            }
        } else if isPersons {
            kept = takeKeptForm(request, of: caller.account, at: now)
            form = kept?.form ?? form
        }
        return SignedInRequest(
            dashboard: self, path: request.uri.path, query: Form(request.uri.query ?? ""),
            isForm: request.method == .post && !KeptForm.isQuestion(request.uri.path), form: form, keptForm: kept, refusal: refusal,
            parameters: context.parameters, token: token, session: session, caller: caller, now: now, logger: context.logger)
    }

    // MARK: Requests

    /// Returns a redirect when the address contains a key, which histories and logs have stored by now: the browser is sent to
    /// an address without it, and nothing else is done.
    func leadAway(_ request: Request) -> Response? {
        guard Credentials.holdsSecret(request.uri.description, of: ledger) else { return nil }
        if let token = sessionToken(request), sessions.leave(.keyInAddress, forPath: Self.base, token, at: ledger.time.now) {
            return Self.redirect(to: Self.base)
        }
        return redirectToSignIn(notice: .keyInAddress)
    }

    /// Finds a key's secret in a text of an address, for whose sake no page fails: where the ledger cannot be read, the rule alone decides.
    private func knownSecret(in text: String) -> MisplacedSecret? {
        (try? ledger.commands.misplacedSecret(in: text)) ?? MisplacedSecret(in: text)
    }

    /// Reads a form. `secrets` are the fields that may contain a key's secret; in any other field a secret is refused.
    func form(_ request: Request, secrets: [String]) async throws -> Form {
        let form = try await form(request)
        // Who is not signed in is asked by the rule alone, without the ledger.
        let found = form.misplacedSecret(except: secrets) { MisplacedSecret(in: $0) }
        if let found { throw PageProblem(found.secret, in: Form.label(of: found.field)) }
        return form
    }

    private func form(_ request: Request, maxBytes: Int = Dashboard.maxFormBytes) async throws -> Form {
        guard (request.headers[.contentType] ?? "").lowercased().hasPrefix("application/x-www-form-urlencoded") else {
            throw PageProblem(status: .unsupportedMediaType, heading: "That was not a form", text: "Go back and try again.")
        }
        do {
            return Form(String(buffer: try await request.body.collect(upTo: maxBytes)))
        } catch is NIOTooManyBytesError {
            throw PageProblem(
                status: .contentTooLarge, heading: "That was too much text", text: "Go back and send less.")
        }
    }

    func sessionToken(_ request: Request) -> String? { request.cookies[settings.cookieName("session")]?.value }

    /// Whether a browser says that the request comes from another site.
    func isCrossSite(_ request: Request) -> Bool {
        if let site = request.headers[.secFetchSite], site != "same-origin", site != "none" { return true }
        guard let origin = request.headers[.origin] else { return false }
        guard let host = URLComponents(string: origin).flatMap(Self.authority) else { return true }
        let expected = settings.publicURL.flatMap { URLComponents(string: $0) }.flatMap(Self.authority)
        return host != request.head.authority?.lowercased() && host != expected
    }

    private static func authority(_ url: URLComponents) -> String? {
        url.host.map { host in (host + (url.port.map { ":\($0)" } ?? "")).lowercased() }
    }

    private func askToSignIn(_ request: Request, maxFormBytes: Int) async -> Response {
        guard request.method == .get else {
            guard let form = try? await form(request, maxBytes: maxFormBytes), let kept = keep(form, request, for: nil) else {
                let page = KeptForm.page(of: request.uri.path)
                return redirectToSignIn(notice: .sessionEnded, query: page.map { "?next=" + Form.encode($0) } ?? "")
            }
            var response = redirectToSignIn(notice: kept.waitingNotice, query: "?next=" + Form.encode(kept.page))
            response.setCookie(cookie(Self.keptFormCookie, form["csrf"] ?? "", maxAge: KeptForm.lifetime))
            return response
        }
        let hadSession = sessionToken(request) != nil
        let next = request.uri.path == Self.base && request.uri.query == nil ? "" : "?next=" + Form.encode(request.uri.description)
        return redirectToSignIn(notice: hadSession ? .sessionEnded : nil, query: next)
    }

    // MARK: Forms that outlive their session

    /// Keeps a form that was sent when its session had ended, or another was begun. It must come from a page that this process has
    /// shown in a session: nobody else can have a form kept.
    ///
    /// - Parameters:
    ///   - form: The form.
    ///   - request: The request that sent the form.
    ///   - account: The account of the session that the browser has now; `nil` when it has none.
    ///   - isWhole: Whether the form is as it was sent.
    /// - Returns: The form as it is kept; `nil` when it is not.
    private func keep(_ form: Form, _ request: Request, for account: AccountID?, isWhole: Bool = true) -> KeptForm? {
        let now = ledger.time.now
        guard !isCrossSite(request), let token = form["csrf"], let owner = sessions.accountOfEnded(form: token, at: now),
            account ?? owner == owner, let safe = try? withoutSecrets(form),
            let kept = KeptForm(safe.form, sentTo: request.uri.path, account: owner, at: now, isWhole: isWhole && safe.isWhole),
            keptForms.keep(kept, token, at: now)
        else { return nil }
        return kept
    }

    /// Returns a form without anything that may hold a key's secret, whether or not the field is meant to, and whether that is all of it.
    private func withoutSecrets(_ form: Form) throws -> (form: Form, isWhole: Bool) {
        var rest = form
        if let text = form["requestHeader"], !TroubleshootingPage.mayKeep(text, prefix: ledger.prefix) {
            rest = rest.without(["requestHeader"])
        }
        if let found = try rest.misplacedSecret(except: [], ledger.commands.misplacedSecret(in:)) { return (found.rest, false) }
        return (rest, rest.byteCount == form.byteCount)
    }

    private func keptForm(_ request: Request, of account: AccountID, at now: Timestamp) -> KeptForm? {
        request.cookies[settings.cookieName(Self.keptFormCookie)].flatMap { keptForms.form($0.value, of: account, at: now) }
    }

    /// Returns the form that is kept for the page that is asked for, once.
    private func takeKeptForm(_ request: Request, of account: AccountID, at now: Timestamp) -> KeptForm? {
        guard let cookie = request.cookies[settings.cookieName(Self.keptFormCookie)],
            let kept = keptForms.form(cookie.value, of: account, at: now), kept.page == request.uri.path
        else { return nil }
        keptForms.forget(cookie.value)
        return kept
    }

    private func redirect(to page: String, withKept form: Form) -> Response {
        var response = Self.redirect(to: page)
        response.setCookie(cookie(Self.keptFormCookie, form["csrf"] ?? "", maxAge: KeptForm.lifetime))
        return response
    }

    // MARK: Responses

    func page(_ template: String, title: String, status: HTTPResponse.Status = .ok, _ fields: TemplateContext) -> Response {
        let frame: TemplateContext = [
            "base": Self.base, "title": title, "css": assets.css, "js": assets.js, "icon": assets.icon,
            "docsLink": settings.documentationLink ?? Self.apiDocs, "supportLink": settings.supportLink,
            "ledgerDocsLink": settings.documentationLink == nil ? nil : Self.apiDocs,
        ]
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .contentSecurityPolicy: policy,
        ]
        headers[.referrerPolicy] = "same-origin"
        if settings.frameAncestors == nil { headers[.xFrameOptions] = "DENY" }
        let text = RefusalFocus.added(to: templates.render(template, frame.adding(fields)))
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Makes a page for a problem in a few lines that cost little: refusing requests because of overload must not add to the
    /// load.
    func plainPage(_ problem: PageProblem) -> Response {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .contentSecurityPolicy: policy,
        ]
        headers[.retryAfter] = problem.retryAfter
        if settings.frameAncestors == nil { headers[.xFrameOptions] = "DENY" }
        let text =
            "<!DOCTYPE html>\n<html lang=\"en\"><title>\(problem.heading)</title><h1>\(problem.heading)</h1><p>\(problem.text)</p></html>\n"
        return Response(status: problem.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private var policy: String {
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self';"
            + " base-uri 'none'; frame-ancestors \(settings.frameAncestors ?? "'none'")"
    }

    func problemPage(_ problem: PageProblem, _ request: Request, _ logger: Logger) -> Response {
        if problem.retryAfter != nil { return plainPage(problem) }
        if let cause = problem.cause { logger.error("dashboard: \(cause)") }
        return page(
            "problem", title: problem.heading, status: problem.status,
            [
                "statusCode": String(problem.status.code), "heading": problem.heading, "problemText": problem.text,
                "backPath": Self.base, "backText": "Back to API keys", "offersSignOut": problem.offersSignOut,
                "signOutPath": Self.signOut, "csrf": sessionToken(request).map { tokens.token(for: $0) },
            ])
    }

    /// Redirects after a form: the browser loads the next page with a new request, so that reloading it does not send the form
    /// again.
    static func redirect(to path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path, .cacheControl: "no-store"])
    }

    /// Redirects to the sign-in page, with a notice in a cookie: there is no session to leave it in.
    func redirectToSignIn(notice: Notice?, query: String = "") -> Response {
        var response = Self.redirect(to: Self.signIn + query)
        if let notice { response.setCookie(cookie(Self.noticeCookie, notice.rawValue, maxAge: SessionStore.noticeLifetime)) }
        return response
    }

    static func json(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Starts a session and redirects to a page.
    func begin(_ basis: Session.Basis, of account: AccountID, then path: String) throws -> Response {
        let token = tokens.make()
        guard sessions.start(basis, of: account, token, at: ledger.time.now) else { throw PageProblem.tooManySessions }
        var response = Self.redirect(to: path)
        response.setCookie(cookie("session", token, maxAge: SessionStore.maxLifetime))
        return response
    }

    /// Ends a session and redirects to the sign-in page.
    func endSession(_ token: String, notice: Notice) -> Response {
        sessions.end(token)
        var response = redirectToSignIn(notice: notice)
        response.setCookie(cookie("session", "", maxAge: .zero))
        return response
    }

    /// Makes a cookie. `name` is a name as `DashboardSettings.cookieName` takes it.
    func cookie(_ name: String, _ value: String, maxAge: Duration) -> Cookie {
        Cookie(
            name: settings.cookieName(name), value: value, maxAge: Int(maxAge.wholeSeconds), path: settings.isSecure ? "/" : Self.root,
            secure: settings.isSecure, httpOnly: true, sameSite: .lax)
    }
}

extension HTTPField.Name {
    static let secFetchSite = Self("Sec-Fetch-Site")!
    static let referrerPolicy = Self("Referrer-Policy")!
    static let xFrameOptions = Self("X-Frame-Options")!
}
