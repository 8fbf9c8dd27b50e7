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
    static let root = "/dashboard"
    static let base = root + "/property-listings/settings"
    static let apiDocs = root + "/api-docs"
    static let signIn = root + "/sign-in"
    static let firstSignIn = root + "/first-sign-in"
    private static let maxFormBytes = 64 * 1024

    let ledger: Ledger
    let settings: DashboardSettings
    let sessions = SessionStore()
    let tokens: FormTokens
    let failures = FailureLimiter()
    let link = SignInLink()
    let handOver: HandOver?
    let apiDescription: APIDescription
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
        tokens = FormTokens(random: ledger.options.randomness.word)
        templates = try Templates()
        apiDescription = try APIDescription()
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
        let router = router.group().add(middleware: PageHeaders(isSecure: settings.isSecure))
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
                    signedIn.page("api-docs", title: "API documentation", apiDescription.fields.adding(["isDocsPage": true]))
                }
            }
            return try await ledger.lanes.questions.run(for: .stranger) { [self] in
                page("api-docs", title: "API documentation", apiDescription.fields.adding(["signInLink": Self.signIn]))
            }
        }
        visits(router, .get, Self.root) { _ in Self.redirect(to: Self.base) }
        visits(router, .post, Self.root + "/sign-out") { try signInPage.signOut($0) }
        questions(router, Self.base) { KeysPage(signedIn: $0).show() }
        visits(router, .post, Self.base + "/search", secrets: ["q"]) { try await SearchPage(signedIn: $0).answer() }
        router.get(RouterPath(Self.base + "/keys/live")) { [self] request, context in
            await live(request, context)
        }
        questions(router, Self.base + "/keys/new") { try CreatePage(signedIn: $0).show() }
        visits(router, .get, Self.base + "/keys") { _ in Self.redirect(to: Self.base) }
        visits(router, .post, Self.base + "/keys") { try await CreatePage(signedIn: $0).create() }
        questions(router, Self.base + "/keys/{id}") { try KeyPage(signedIn: $0).show() }
        visits(router, .post, Self.base + "/keys/{id}/rename") { try await KeyPage(signedIn: $0).rename() }
        visits(router, .post, Self.base + "/keys/{id}/disable") { try await KeyPage(signedIn: $0).disable() }
        visits(router, .post, Self.base + "/keys/{id}/enable") { try await KeyPage(signedIn: $0).enable() }
        questions(router, Self.base + "/keys/{id}/revoke") { try RevokePage(signedIn: $0).show() }
        visits(router, .post, Self.base + "/keys/{id}/revoke") { try await RevokePage(signedIn: $0).revoke() }
        questions(router, Self.base + "/keys/{id}/rotate") { try RotatePage(signedIn: $0).show() }
        visits(router, .post, Self.base + "/keys/{id}/rotate") { try await RotatePage(signedIn: $0).rotate() }
        questions(router, Self.base + "/troubleshooting") { TroubleshootingPage(signedIn: $0).show() }
        visits(router, .post, Self.base + "/troubleshooting", secrets: ["requestHeader"]) { signedIn in
            try await signedIn.ask { try TroubleshootingPage(signedIn: signedIn).diagnose() }
        }
        open(router, .get, Self.root + "/**") { _, _ in throw PageProblem.unknownPage }
    }

    // MARK: Kinds of routes

    /// Adds a route that needs no session.
    private func open<Context: RequestContext & RemoteAddressRequestContext>(
        _ router: RouterGroup<Context>, _ method: HTTPRequest.Method, _ path: String,
        _ handle: @escaping @Sendable (Request, Context) async throws -> Response
    ) {
        router.on(RouterPath(path), method: method) { [self] request, context in
            do {
                if let away = Self.leadAway(request) { return away }
                return try await handle(request, context)
            } catch {
                return problemPage(PageProblem(error), context.logger)
            }
        }
    }

    /// Adds a route that needs a session; browsers without one are sent to the sign-in page. A form must come from a page of
    /// the dashboard. `secrets` are its fields that may contain a key's secret.
    private func visits<Context: RequestContext & RemoteAddressRequestContext>(
        _ router: RouterGroup<Context>, _ method: HTTPRequest.Method, _ path: String, secrets: [String] = [],
        _ handle: @escaping @Sendable (SignedInRequest) async throws -> Response
    ) {
        router.on(RouterPath(path), method: method) { [self] request, context in
            var known: SignedInRequest?
            do {
                if let away = Self.leadAway(request) { return away }
                guard let signedIn = try await signedIn(request, context, isPersons: true, secrets: secrets) else {
                    return askToSignIn(request)
                }
                known = signedIn
                if method == .post {
                    guard !isCrossSite(request), let token = signedIn.form["csrf"], tokens.isToken(token, for: signedIn.token) else {
                        throw PageProblem.foreignForm
                    }
                }
                return try await handle(signedIn)
            } catch {
                let problem = PageProblem(error)
                guard let known else { return problemPage(problem, context.logger) }
                if let cause = problem.cause { context.logger.error("\(method) \(path): \(cause)") }
                return known.problem(problem)
            }
        }
    }

    /// Adds a page that needs a session and reads much of the ledger: it runs in the lane for queries, in which accounts share
    /// the threads fairly.
    private func questions<Context: RequestContext & RemoteAddressRequestContext>(
        _ router: RouterGroup<Context>, _ path: String, _ handle: @escaping @Sendable (SignedInRequest) throws -> Response
    ) {
        visits(router, .get, path) { signedIn in try await signedIn.ask { try handle(signedIn) } }
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
        _ request: Request, _ context: some RequestContext & RemoteAddressRequestContext, isPersons: Bool, secrets: [String] = []
    ) async throws -> SignedInRequest? {
        let now = ledger.time.now
        guard let token = sessionToken(request), let session = sessions.session(token, at: now, isVisit: isPersons) else { return nil }
        guard let caller = try session.caller(ledger, from: address(request, context)) else {
            sessions.end(token)
            return nil
        }
        let form = request.method == .post ? try await self.form(request, secrets: secrets) : Form("")
        return SignedInRequest(
            dashboard: self, query: Form(request.uri.query ?? ""), form: form, parameters: context.parameters, token: token,
            session: session, caller: caller, now: now, logger: context.logger)
    }

    private func live(_ request: Request, _ context: some RequestContext & RemoteAddressRequestContext) async -> Response {
        let signedOut = Self.json("{\"code\":\"SIGNED_OUT\"}", status: .unauthorized)
        do {
            guard let signedIn = try await signedIn(request, context, isPersons: false) else { return signedOut }
            return try await signedIn.ask { try LiveFigures(signedIn: signedIn).answer() }
        } catch is PageProblem {
            return signedOut
        } catch let refusal as FairRefusal {
            let problem = PageProblem(refusal)
            var response = Self.json("{\"code\":\"BUSY\"}", status: problem.status)
            response.headers[.retryAfter] = problem.retryAfter
            return response
        } catch {
            return Self.json("{\"code\":\"UNAVAILABLE\"}", status: .serviceUnavailable)
        }
    }

    // MARK: Requests

    /// Returns a redirect when the address contains a key, which histories and logs have stored by now: the browser is sent to
    /// an address without it, and nothing else is done.
    private static func leadAway(_ request: Request) -> Response? {
        guard MisplacedSecret(in: request.uri.description, isWhole: true) != nil else { return nil }
        return redirect(to: base + "?done=" + Notice.keyInAddress.rawValue)
    }

    /// Reads a form. `secrets` are the fields that may contain a key's secret; in any other field a secret is refused.
    func form(_ request: Request, secrets: [String]) async throws -> Form {
        guard (request.headers[.contentType] ?? "").lowercased().hasPrefix("application/x-www-form-urlencoded") else {
            throw PageProblem(status: .unsupportedMediaType, heading: "That was not a form", text: "Go back and try again.")
        }
        do {
            let form = Form(String(buffer: try await request.body.collect(upTo: Self.maxFormBytes)))
            if let secret = form.misplacedSecret(except: secrets) { throw PageProblem(secret) }
            return form
        } catch is NIOTooManyBytesError {
            throw PageProblem(
                status: .contentTooLarge, heading: "That was too much text", text: "Go back and send less. Nothing was changed.")
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

    private func askToSignIn(_ request: Request) -> Response {
        guard request.method == .get else { return Self.redirect(to: Self.signIn + "?ended") }
        let hadSession = sessionToken(request) != nil
        let next = request.uri.path == Self.base && request.uri.query == nil ? "" : Form.encode(request.uri.description)
        var parameters = hadSession ? ["ended"] : []
        if !next.isEmpty { parameters.append("next=" + next) }
        return Self.redirect(to: Self.signIn + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&")))
    }

    // MARK: Responses

    func page(_ template: String, title: String, status: HTTPResponse.Status = .ok, _ fields: TemplateContext) -> Response {
        let frame: TemplateContext = [
            "base": Self.base, "title": title, "css": assets.css, "js": assets.js, "icon": assets.icon,
            "docsLink": settings.documentationLink ?? Self.apiDocs, "supportLink": settings.supportLink,
        ]
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .contentSecurityPolicy: policy,
        ]
        headers[.referrerPolicy] = "same-origin"
        if settings.frameAncestors == nil { headers[.xFrameOptions] = "DENY" }
        let text = templates.render(template, frame.adding(fields))
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

    private func problemPage(_ problem: PageProblem, _ logger: Logger) -> Response {
        if problem.retryAfter != nil { return plainPage(problem) }
        if let cause = problem.cause { logger.error("dashboard: \(cause)") }
        return page(
            "problem", title: problem.heading, status: problem.status,
            [
                "statusCode": String(problem.status.code), "heading": problem.heading, "problemText": problem.text,
                "backPath": Self.base, "backText": "Back to API keys",
            ])
    }

    /// Redirects after a form: the browser loads the next page with a new request, so that reloading it does not send the form
    /// again.
    static func redirect(to path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path, .cacheControl: "no-store"])
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
