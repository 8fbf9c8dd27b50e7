import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KeyEvents
import Ledger
import LedgerQueries
import Projections
import TestSupport
import Testing

@testable import Dashboard

@Suite struct TroubleshootingTests {
    private static let path = Dashboard.base + "/troubleshooting"

    /// The states of the checks on a page, by their labels.
    private static func states(_ page: Browser.Page) -> [String: String] {
        var states: [String: String] = [:]
        for match in page.text.matches(of: /check check-(\w+)"><span class="check-label">([^<]*)</) {
            states[String(match.2)] = String(match.1)
        }
        return states
    }

    private static func check(_ browser: Browser, _ text: String) async throws -> Browser.Page {
        try await browser.post(path, [("requestHeader", text)])
    }

    @Test func itSaysWhatIsWrongAndKeepsNothing() async throws {
        try await Site.run { site in
            let good = try await site.key("good", scopes: ["listings:read"])
            let revoked = try await site.key("revoked")
            _ = try await site.ledger.commands.revokeKey(revoked.id, by: .commandLine)
            let disabled = try await site.key("disabled")
            _ = try await site.ledger.commands.disableKey(disabled.id, by: .commandLine)
            let expired = try await site.key("expired", expiresIn: 10)
            let theirs = try await site.key("theirs", account: "bolt")
            let rotated = try await site.key("rotated", scopes: ["listings:read"])
            _ = try await site.ledger.commands.rotateKey(rotated.id, olderRetires: .now, by: .commandLine)
            site.advance(seconds: 20)
            let browser = try site.visitor("acme")
            let before = try site.ledger.log.lastPosition()
            let cases = [
                ("Authorization: Bearer \(good.secret)", "Nothing is wrong with the key"),
                ("Authorization: \(good.secret)", "the header is wrong"),
                ("curl -H 'X-API-Key: \(good.secret)' https://api.leadhql.com/v1/listings", "Nothing is wrong with the key"),
                ("curl https://api.leadhql.com/v1/listings?api_key=\(good.secret)", "it stands in the address"),
                ("Authorization: Bearer \(good.secret.dropLast(3))", "did not send the complete key"),
                ("Authorization: Bearer \(revoked.secret)", "The key was revoked"),
                ("Authorization: Bearer \(disabled.secret)", "The key is disabled"),
                ("Authorization: Bearer \(expired.secret)", "The key has expired"),
                ("Authorization: Bearer \(rotated.secret)", "replaced by a newer one"),
                ("Authorization: Bearer \(theirs.secret)", "There is no such key"), ("Authorization: Basic eDp5", "finds no key in it"),
                ("X-API-Key: \(theirs.id)", "the key&#39;s ID"), ("X-API-Key: \(good.id)", "/keys/\(good.id)"),
            ]
            for (header, words) in cases {
                let page = try await Self.check(browser, header)
                let plain = page.text.replacing("&#x27;", with: "&#39;").replacing("'", with: "&#39;")
                #expect(page.status == 200 && plain.contains(words.replacing("'", with: "&#39;")), "\(words)")
                for key in [good, revoked, disabled, expired, theirs, rotated] { #expect(!page.text.contains(key.secret.dropLast(3))) }
                #expect(!page.text.contains(theirs.id.description))
            }
            #expect(try site.ledger.log.lastPosition() == before)
            #expect(try site.ledger.keys.usage(of: good.id, for: .commandLine).usage.counts.uses == 0)
            #expect(!site.log.lines.joined().contains(good.secret.dropFirst(12).prefix(12)))
        }
    }

    /// What else decides beyond a good key in a good header is said, and never that the key “works”.
    @Test func itLooksAtScopesAddressesAndEnvironment() async throws {
        try await Site.run { site in
            let bare = try await site.key("bare")
            let reader = try await site.key("reader", scopes: ["listings:read"])
            let bound = try await site.key("bound", scopes: ["listings:*"], addresses: ["192.0.2.0/24"])
            let test = try await site.key("test", scopes: ["listings:read"], environment: "test")
            let browser = try site.visitor("acme")
            func check(_ text: String, _ label: String, _ state: String, _ words: String...) async throws {
                let page = try await Self.check(browser, text)
                #expect(Self.states(page)[label] == state, "\(text.prefix(20)): \(Self.states(page))")
                for word in words { #expect(page.text.contains(word), "\(word)") }
                #expect(page.text.firstMatch(of: /key works/) == nil)
            }
            try await check("X-API-Key: \(bare.secret)", "Scopes", "wrong", "has no scopes", "INSUFFICIENT_SCOPE")
            try await check("X-API-Key: \(reader.secret)", "Scopes", "ok", "listings:read", "Nothing is wrong with the key")
            let url = "https://api.leadhql.com/v1/listings"
            try await check("curl -H 'X-API-Key: \(reader.secret)' \(url)", "Scopes", "ok", "GET needs listings:read")
            try await check("curl -X DELETE -H 'X-API-Key: \(reader.secret)' \(url)/1", "Scopes", "wrong", "DELETE needs listings:write")
            // The method decides where the address is in pieces; where neither is seen, that is said.
            try await check(
                "conn.request(\"POST\", \"/v1/\" + path, body, {\"X-API-Key\": \"\(reader.secret)\"})", "Scopes", "wrong",
                "POST needs a scope to write")
            try await check("req.Header.Set(\"X-API-Key\", \"\(reader.secret)\")", "Scopes", "ok", "cannot be seen here")
            try await check(
                "req.Header.Set(\"X-API-Key\", \"\(reader.secret)\")\nurl := \"\(url)\"", "Scopes", "note", "cannot be seen here")
            try await check(
                "X-API-Key: \(reader.secret)\n{\"code\":\"INSUFFICIENT_SCOPE\",\"status\":403}", "Scopes", "note", "cannot be seen here")
            try await check("http -A bearer -a \(reader.secret) \(url) title=x", "Scopes", "wrong", "POST needs listings:write")
            try await check("X-API-Key: \(bound.secret)", "Addresses", "note", "192.0.2.0/24", "the address of the program")
            try await check("X-API-Key: \(test.secret)", "Environment", "note", "test key")
            try await check(
                "curl -H 'X-API-Key: \(reader.secret)' http://api.leadhql.com/v1/listings", "Address", "note", "without encryption")
            try await check("{\"type\":\"urn:keyledger:problem:revoked\",\"code\":\"REVOKED\"}", "Answer", "note", "href=\"#REVOKED\"")
        }
    }

    private static let listings = "https://api.leadhql.com/v1/listings"

    /// Runs a test with a good key on a page that knows where the listings API is.
    private static func besideListings(_ body: @escaping @Sendable (Browser, _ secret: String) async throws -> Void) async throws {
        let configure: @Sendable (inout DashboardSettings) -> Void = { $0.exampleURL = listings }
        try await Site.run(configure: configure) { site in
            try await body(site.visitor("acme"), site.key("good", scopes: ["listings:*"]).secret)
        }
    }

    /// A verdict says no more than what was seen.
    @Test func itSaysNoMoreThanWasSeen() async throws {
        try await Self.besideListings { browser, secret in
            let (call, url) = ("curl -H 'X-API-Key: \(secret)'", Self.listings)
            let fine = "Nothing is wrong with the key"
            let cases = [
                ("\(call) \(url)", fine), ("\(call) \(url)\n{\"code\":\"REVOKED\",\"status\":401}", "The answer does not fit"),
                ("\(call) \(url)\n{\"code\":\"INSUFFICIENT_SCOPE\",\"status\":403}", "The answer does not fit"),
                ("\(call) \(url)\nHTTP/1.1 401 Unauthorized", "The answer does not fit"),
                ("\(call) https://api.leadhql.com:81/v1/listings", "goes to another port"),
                ("\(call) -X POST -d '{}' \(url)", "Content-Type: application/json"),
                ("\(call) -X PATCH --json '{}' \(url)/1", "add the header If-Match"),
                ("\(call) -X PUT --json '{}' \(url)/1", "add the header If-Match"),
                ("authorization:\nBearer \(secret)\naccept:\n*/*", "stand in two lines"),
                ("export K=\(secret)\ncurl -H \"X-API-Key: $K\" \(url)", "the key that stands in the text"),
                ("\(call) \(url)\ncurl: (7) Failed to connect", "Nobody listens"),
                ("\(call) \(url)\n\(call) \(url)/1", "All 2 requests are right"),
                ("\(call) \(url)\n\(call) -X DELETE \(url)/1?api_key=\(secret)", "Request 2 (DELETE) of 2 has a fault"),
                (secret, "How it goes into a request is below"), ("API_KEY=\(secret)", "How it goes into a request is below"),
                ("PS C:\\> \(call) \(url)", "Windows PowerShell refuses the command as it stands"),
                ("401 Unauthorized", "This shows no request."),
                ("GET / HTTP/1.1\" 401 18", "shows no header"), ("curl: (6) Could not resolve host", "was not found"),
            ]
            for (text, words) in cases {
                let page = try await Self.check(browser, text)
                #expect(page.text.contains(words), "\(words)")
                #expect(page.text.contains(fine) == (words == fine), "\(words)")
                #expect(!page.text.contains("The header is wrong"), "\(words)")
            }
        }
    }

    /// What a call needs beside a key is said of the calls that need it, and of no others.
    @Test func itAdvisesWhatTheMethodNeeds() async throws {
        try await Self.besideListings { browser, secret in
            let (call, url) = ("curl -H 'X-API-Key: \(secret)'", Self.listings)
            for request in [
                "\(call) \(url)", "\(call) -G -d limit=2 \(url)", "\(call) -X DELETE \(url)", "\(call) -X DELETE -H 'If-Match: *' \(url)/1",
                "\(call) --json '{}' \(url)", "\(call) --json '{}' \(url)/bulk",
                "\(call) -X PATCH -d '{}' https://other.leadhql.com/v1/listings/1",
            ] {
                let states = Self.states(try await Self.check(browser, request))
                #expect(states["If-Match"] == nil && states["Content-Type"] == nil, "\(request.dropFirst(call.count)): \(states)")
            }
        }
    }

    /// The page calls a header right exactly where the service takes it.
    @Test func itAgreesWithTheService() async throws {
        try await Site.run { site in
            let key = try await site.key("caller", permissions: [.keysRead], scopes: ["listings:read"])
            let ended = try await site.key("ended", permissions: [.keysRead], scopes: ["listings:read"])
            _ = try await site.ledger.commands.revokeKey(ended.id, by: .commandLine)
            let browser = try site.visitor("acme")
            let secret = key.secret
            let values = [
                secret, " \(secret) ", "\t\(secret)", "Bearer \(secret)", "bearer \(secret)", "BEARER  \(secret)", "Bearer\t\(secret)",
                "Bearer\(secret)",
                "Bearer: \(secret)", "Bearer=\(secret)", "Token \(secret)", "ApiKey \(secret)",
                "Basic \(Data((secret + ":").utf8).base64EncodedString())",
                "Basic \(Data((":" + secret).utf8).base64EncodedString())", "Bearer \(secret).", "Bearer \(secret),",
                "Bearer \"\(secret)\"", "\"\(secret)\"",
                "Bearer “\(secret)”", "Bearer \(secret)\u{200B}", "\u{200B}\(secret)", "Bearer\u{A0}\(secret)", "\u{A0}Bearer \(secret)",
                "\(secret)\u{A0}",
                "Bearer Bearer \(secret)", "Bearer \(secret) \(secret)", "Bearer \(secret), Bearer \(secret)", "\(secret),\(secret)",
                secret + secret,
                secret.uppercased(), secret.lowercased(), "Bearer \(secret.dropLast())", "Bearer \(secret.dropFirst())", "Bearer", "",
                "Bearer ",
                "lhql_live_…abcd", "Bearer $KEY", "undefined", "Bearer [object Object]", "Bearer \(ended.secret)", ended.secret,
                "Bearer \(key.id)",
                secret.replacing("_", with: "%5F"), "Bearer token=\(secret)", "Bearer \(secret) # key", "Bearer <\(secret)>",
                "bEaReR \(secret)",
            ]
            let names = ["Authorization", "authorization", "X-API-Key", "x-api-key", "X_API_Key", "Api-Key", "Authorisation"]
            var fields = names.flatMap { name in values.map { [(name, $0)] } }
            fields += [
                [("Authorization", "Bearer \(secret)"), ("X-API-Key", secret)], [("X-API-Key", secret), ("X-API-Key", secret)],
                [("Authorization", "Bearer \(secret)"), ("Authorization", "Bearer \(ended.secret)")],
                [("Authorization", "Basic eDp5"), ("X-API-Key", secret)], [("Accept", "*/*"), ("X-API-Key", secret)],
            ]
            for list in fields {
                var headers = HTTPFields()
                for (name, value) in list {
                    guard let name = HTTPField.Name(name) else { continue }
                    headers.append(HTTPField(name: name, value: value))
                }
                let status = try await site.client.execute(uri: "/v1/keys", method: .get, headers: headers).status.code
                let text = list.map { "\($0): \($1)" }.joined(separator: "\n")
                let states = Self.states(try await Self.check(browser, text))
                let isRight = ["Header format", "Completeness", "Status", "Expiry"].allSatisfy { states[$0] == "ok" }
                let shown = text.replacing(secret, with: "KEY")
                #expect((status == 200) == isRight, "\(shown): the service says \(status), the page \(states)")
            }
            for target in [
                "/v1/keys?api_key=x", "/v1/keys?x=\(secret)", "/v1/keys?access_token=", "/v1/keys?limit=5", "/v1/keys?API-KEY=\(secret)",
            ] {
                let status = try await site.client.execute(uri: target, method: .get, headers: [.init("X-API-Key")!: secret]).status.code
                let page = try await Self.check(browser, "curl -H 'X-API-Key: \(secret)' 'https://keys.leadhql.com\(target)'")
                #expect((status == 200) == (Self.states(page)["Header format"] == "ok"), "\(target.prefix(20)): \(status)")
            }
        }
    }

    @Test func longTextsAreLookedAtAndLongerOnesSaidToBe() async throws {
        try await Site.run { site in
            let key = try await site.key("good", scopes: ["listings:read"])
            let browser = try site.visitor("acme")
            let filling = String(repeating: "Nothing: of any \u{416} interest, \"here\": 1\n", count: 3000)
            #expect(filling.utf8.count > 100_000)
            let page = try await Self.check(browser, filling + "Authorization: Bearer \(key.secret)\n" + filling.prefix(20_000))
            #expect(page.status == 200 && page.text.contains("Nothing is wrong with the key"))
            let long = try await Self.check(browser, String(repeating: "x", count: TroubleshootingPage.maxTextBytes + 1))
            #expect(long.status == 422 && long.text.contains("That is too long"))
            let longer = try await Self.check(browser, String(repeating: "x", count: TroubleshootingPage.maxFormBytes))
            #expect(longer.status == 413)
            let empty = try await Self.check(browser, " \n ")
            #expect(empty.status == 422 && empty.text.contains("Paste the request first"))
        }
    }

    /// Every text of the list, whatever it is, is answered, and nothing of a key is shown.
    @Test func nothingPastedIsShown() async throws {
        try await Site.run { site in
            let key = try await site.key("good", scopes: ["listings:read"])
            let browser = try site.visitor("acme")
            var keys = PastedRequests.keys
            keys["S"] = key.secret
            keys["T"] = try await site.key("second", scopes: ["listings:read"]).secret
            for text in PastedRequests.right + PastedPrograms.right + (PastedRequests.wrong + PastedPrograms.wrong).map(\.0) {
                let page = try await Self.check(browser, PastedRequests.filled(text, keys))
                #expect(page.status == 200, "\(text)")
                for secret in keys.values {
                    let random = secret.dropFirst(12).prefix(10).lowercased()
                    #expect(!page.text.lowercased().contains(random), "\(text)")
                }
            }
            for text in PastedRequests.right + PastedPrograms.right {
                let page = try await Self.check(browser, PastedRequests.filled(text, keys))
                let states = Self.states(page)
                #expect(states["Header format"] == "ok" && states["Completeness"] == "ok" && states["Status"] == "ok", "\(text): \(states)")
            }
        }
    }
}
