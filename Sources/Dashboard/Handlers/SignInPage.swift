internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import Logging
internal import Projections
internal import Validation

/// The pages for signing in and out.
struct SignInPage: Sendable {
    /// The browser that tries to sign in.
    struct Stranger: Sendable {
        /// The address of the client; `nil` when it is not known.
        let address: IPAddress?
        let logger: Logger
    }

    private static let formLifetime = Duration.seconds(3600)

    let dashboard: Dashboard

    private var cookieName: String { dashboard.settings.cookieName("door") }

    func show(_ request: Request) async throws -> Response {
        let query = Form(request.uri.query ?? "")
        let notice = request.cookies[dashboard.settings.cookieName(Dashboard.noticeCookie)].flatMap { Notice(rawValue: $0.value) }
        var response = page(request, next: query["next"], ["notice": notice?.fields])
        if notice != nil { response.setCookie(dashboard.cookie(Dashboard.noticeCookie, "", maxAge: .zero)) }
        return response
    }

    /// Signs in with a key of the ledger.
    func signIn(_ request: Request, by stranger: Stranger) async throws -> Response {
        let form = try await ownForm(request, secrets: ["key"], of: request.cookies[cookieName]?.value)
        let next = form["next"]
        let pasted = (form["key"] ?? "").trimmingWhiteSpace
        // A key is often copied with the words that stand before it in a header.
        let secret = pasted.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
        let (caller, verdict) = try dashboard.ledger.verifier.authenticateCaller(secret, for: .keysRead, from: stranger.address)
        guard let caller, let key = verdict.key else {
            let words = "with " + (verdict.key.map { "the key \($0.id)" } ?? "a key") + ": \(verdict.code.rawValue)"
            if let wait = wait(after: words, by: stranger) { return blocked(request, next: next, wait) }
            let sentence = verdict.code == .malformed ? dashboard.ledger.verifier.malformedMessage(secret) : nil
            return page(request, next: next, status: .unauthorized, ["keyError": sentence ?? Format.sentence(verdict.message)])
        }
        guard caller.permissions.contains(.keysRead) else {
            report("with the key \(key.id): it lacks the permission keys.read", by: stranger)
            return page(
                request, next: next, status: .forbidden,
                ["keyError": "This key may not look at keys: it lacks the permission keys.read."])
        }
        return try dashboard.begin(.key(key.id, secret: key.secretID), of: key.accountID, then: Self.local(next))
    }

    /// Signs in with a token of the host product.
    func handOver(_ request: Request, by stranger: Stranger) async throws -> Response {
        guard let handOver = dashboard.handOver else { throw PageProblem.unknownPage }
        let form = try await dashboard.form(request, secrets: [])
        let user: HandOver.User
        do {
            user = try await handOver.user(form["token"] ?? "", dashboard.ledger)
        } catch let refusal as HandOver.Refusal {
            if let wait = wait(after: "with a token of the host product: \(refusal)", by: stranger) {
                return blocked(request, next: nil, wait)
            }
            throw PageProblem(
                status: .unauthorized, heading: "You could not be signed in",
                text: "What your product sent along was not accepted. " + refusal.sentence)
        }
        return try dashboard.begin(.handedOver(user), of: user.account, then: Self.local(form["next"]))
    }

    /// Shows the page behind the link that the first start prints. The page only offers to sign in: programs that fetch an
    /// address for a preview must not use the link up (RFC 9110 section 9.2.1).
    func showLink(_ request: Request) -> Response {
        let token = Form(request.uri.query ?? "")["token"].flatMap { FormTokens.isMade($0) ? $0 : nil }
        return page(request, next: nil, template: "first-sign-in", ["linkPath": Dashboard.firstSignIn, "token": token ?? ""])
    }

    /// Signs in with the link that the first start prints.
    func follow(_ request: Request, by stranger: Stranger) async throws -> Response {
        let form = try await ownForm(request, secrets: [], of: request.cookies[cookieName]?.value)
        guard let token = form["token"], dashboard.link.take(token, at: dashboard.ledger.time.now) else {
            if let wait = wait(after: "with a link that is none, or no longer", by: stranger) {
                return blocked(request, next: nil, wait)
            }
            return page(
                request, next: nil, status: .forbidden,
                ["notice": Self.notice("The link was used before, or is too old. Sign in with a key.", isGood: false)])
        }
        return try dashboard.begin(.link, of: .operator, then: Dashboard.base)
    }

    /// Signs out. That takes the session alone: a key that may not be used from here is no reason to stay.
    func signOut(_ request: Request) async throws -> Response {
        let token = dashboard.sessionToken(request)
        guard let token, dashboard.sessions.session(token, at: dashboard.ledger.time.now, isVisit: true) != nil else {
            return dashboard.redirectToSignIn(notice: .sessionEnded)
        }
        _ = try await ownForm(request, secrets: [], of: token)
        return dashboard.endSession(token, notice: .signedOut)
    }

    /// Reads a form, and checks that it was sent from a page of the dashboard.
    ///
    /// - Parameters:
    ///   - request: The request that sends the form.
    ///   - secrets: The fields that may contain a key's secret.
    ///   - cookie: The value of the cookie that the page was sent with; `nil` for none.
    /// - Returns: The form.
    /// - Throws: `PageProblem` where the form is another's, or has a secret where none belongs.
    private func ownForm(_ request: Request, secrets: [String], of cookie: String?) async throws -> Form {
        let form = try await dashboard.form(request, secrets: secrets)
        guard !dashboard.isCrossSite(request), let cookie, let token = form["csrf"],
            dashboard.tokens.isToken(token, for: cookie)
        else { throw PageProblem.foreignForm }
        return form
    }

    /// Reports a failure and returns how long the client must wait; `nil` when the failure may be explained in full. It
    /// is called after the check: a good secret is accepted whatever came before it.
    private func wait(after failure: String, by stranger: Stranger) -> Duration? {
        report(failure, by: stranger)
        return dashboard.failures.failure(from: stranger.address, at: dashboard.ledger.time.now)
    }

    /// Logs one line for each failed sign-in. The server's log counts lines that repeat (`RepetitionLimiter`).
    private func report(_ failure: String, by stranger: Stranger) {
        stranger.logger.warning("a sign-in failed, from \(stranger.address.map { "\($0)" } ?? "an unknown address"), \(failure)")
    }

    private func blocked(_ request: Request, next: String?, _ wait: Duration) -> Response {
        let seconds = wait.wholeSeconds
        var response = page(
            request, next: next, status: .tooManyRequests,
            ["blockedText": "Too many attempts. Try again in \(Format.count(seconds, "second"))."])
        response.headers[.retryAfter] = String(seconds)
        return response
    }

    private func page(
        _ request: Request, next: String?, status: HTTPResponse.Status = .ok, template: String = "sign-in", _ fields: TemplateContext
    ) -> Response {
        // The cookie is sent back only if the dashboard made its value: a client could send any text.
        let cookie = request.cookies[cookieName].map(\.value).flatMap { FormTokens.isMade($0) ? $0 : nil } ?? dashboard.tokens.make()
        let settings = dashboard.settings
        let frame: TemplateContext = [
            "csrf": dashboard.tokens.token(for: cookie), "signInPath": Dashboard.signIn, "next": next.flatMap { $0.isEmpty ? nil : $0 },
            "hostLink": settings.hostLink, "hostName": settings.hostName,
        ]
        var response = dashboard.page(template, title: "Sign in", status: status, frame.adding(fields))
        response.setCookie(dashboard.cookie("door", cookie, maxAge: Self.formLifetime))
        return response
    }

    private static func notice(_ text: String, isGood: Bool) -> TemplateContext { ["isGood": isGood, "isBad": false, "text": text] }

    /// The pages of the files that are downloaded: a browser that is led to a file keeps it, and stays on the page where it was.
    private static let pagesOfFiles = [ActivityPage.path + ".csv": ActivityPage.path, KeysExport.filePath: KeysExport.path]

    /// Returns the path if it is that of a page of the dashboard, for that of a file the one of its page, and the start page otherwise.
    private static func local(_ next: String?) -> String {
        guard let next, next.hasPrefix(Dashboard.root + "/"), !next.contains("//"), !next.contains("\\"), !next.contains("/.."),
            next.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return Dashboard.base }
        let path = String(next.prefix { $0 != "?" })
        if let page = pagesOfFiles[path] { return page + next.dropFirst(path.count) }
        return [Dashboard.signIn, Dashboard.firstSignIn, Dashboard.signOut].contains(path) ? Dashboard.base : next
    }
}
