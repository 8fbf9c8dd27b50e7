import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KeyledgerClient
import TestSupport
import Testing

@Suite("What becomes of a verdict")
struct VerdictTableTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let code: KeyVerdict.Code
        let status: Int
        var challenge: String?
        var retryAfter: Duration?
        var shownRetryAfter: String?

        var testDescription: String { code.rawValue + (retryAfter == nil ? "" : ", for a while") }
    }

    private static let invalidToken = #"Bearer realm="api", error="invalid_token""#

    private static let rows = [
        Row(code: .malformed, status: 401, challenge: invalidToken),
        Row(code: .notFound, status: 401, challenge: invalidToken),
        Row(code: .revoked, status: 401, challenge: invalidToken),
        Row(code: .expired, status: 401, challenge: invalidToken),
        Row(code: .disabled, status: 401, challenge: invalidToken),
        Row(code: .ipNotAllowed, status: 403),
        Row(
            code: .insufficientScope, status: 403,
            challenge: #"Bearer realm="api", error="insufficient_scope", scope="listings:read listings:write""#),
        Row(code: .rateLimited, status: 429, retryAfter: .seconds(7), shownRetryAfter: "7"),
        Row(code: .rateLimited, status: 429, shownRetryAfter: "1"),
        Row(code: .quotaExceeded, status: 429, retryAfter: .seconds(60), shownRetryAfter: "60"),
        Row(code: .quotaExceeded, status: 403),
        Row(code: .missing, status: 401, challenge: #"Bearer realm="api""#),
        Row(code: .badHeader, status: 400, challenge: #"Bearer realm="api", error="invalid_request""#),
        // A code of a later version.
        Row(code: .init(rawValue: "MOON_PHASE"), status: 403),
    ]

    @Test("The client's copy of the table has every code that the description of the ledger's interface names")
    func everyCode() throws {
        let text = try String(contentsOf: Repository.file("Schemas/openapi.yaml"), encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.contains("enum: [VALID, ") })
        let codes = line.split { "[], ".contains($0) }.map(String.init).filter { $0 != "enum:" && $0 != "VALID" }
        #expect(codes.count >= 7)
        for code in codes { #expect(Self.rows.contains { $0.code.rawValue == code }, "\(code)") }
    }

    @Test("A refusal is a problem document with its challenge", arguments: rows)
    func refusals(_ row: Row) async throws {
        let verdict = KeyVerdict.refused(row.code, message: "What to do.", retryAfter: row.retryAfter)
        let answer = try await Guarded(verifier: FakeVerifier(verdict), scopes: ["listings:read", "listings:write"]).call()
        #expect(answer.status == row.status)
        #expect(answer.headers[.wwwAuthenticate] == row.challenge)
        #expect(answer.headers[.retryAfter] == row.shownRetryAfter)
        #expect(answer.headers[.contentType] == "application/problem+json")
        #expect(answer.headers[.cacheControl] == "no-store")
        #expect(answer["code"] == row.code.rawValue && answer["status"] == "\(row.status)")
        #expect(answer["type"] == "urn:keyledger:problem:" + row.code.rawValue.lowercased().replacing("_", with: "-"))
        #expect(answer["title"]?.isEmpty == false)
        if ![.missing, .badHeader].contains(row.code) { #expect(answer["detail"] == "What to do.") }
    }

    @Test("A good key comes to the handler; the ledger is told of the call, without its query")
    func valid() async throws {
        let verifier = FakeVerifier(.valid(.acme))
        let answer = try await Guarded(verifier: verifier).call("/listings?city=Bern")
        #expect(answer.status == 200 && answer.text == "acme sync")
        let verification = try #require(verifier.asked.first)
        #expect(verifier.asked.count == 1)
        #expect(verification.key.reveal() == "secret" && verification.scopes == ["listings:read"])
        #expect(verification.method == "GET" && verification.path == "/listings" && verification.clientAddress == TestContext.peer)
        #expect(!verification.isDryRun)
    }

    @Test("A guard that names no environment is one for live keys")
    func environment() async throws {
        #expect(VerificationRequest(key: APIKey("secret")).environment == "live")
        let (named, unnamed, any) = (FakeVerifier(.valid(.acme)), FakeVerifier(.valid(.acme)), FakeVerifier(.valid(.acme)))
        for (verifier, middleware) in [
            (unnamed, KeyGuard<TestContext>(unnamed)), (named, KeyGuard(named, environment: "test")),
            (any, KeyGuard(any, environment: nil)),
        ] {
            let router = Router(context: TestContext.self)
            router.group("listings").add(middleware: middleware).get { _, _ in "" }
            try await Application(router: router).test(.router) { client in
                try await client.execute(uri: "/listings", method: .get, headers: [.authorization: "Bearer secret"]) {
                    #expect($0.status == .ok)
                }
            }
            #expect(verifier.asked.count == 1)
        }
        #expect([unnamed, named, any].map { $0.asked.first?.environment } == ["live", "test", nil])
    }

    @Test("A key is shown by nothing that prints it")
    func redaction() {
        let verification = VerificationRequest(key: APIKey("hidden-secret"))
        var shown = "\(verification) \(verification.key) \(String(reflecting: verification.key))"
        dump(verification, to: &shown)
        #expect(!shown.contains("hidden"))
    }
}
