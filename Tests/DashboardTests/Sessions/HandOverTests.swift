import Crypto
import Foundation
import KeyEvents
import Testing

@testable import Dashboard

@Suite struct HandOverTests {
    private static let secret = Data(Site.handOverSecret.utf8)

    private static func settings(_ algorithm: HandOverSettings.Algorithm = .hs256, key: Data = secret) -> HandOverSettings {
        HandOverSettings(algorithm: algorithm, key: key, audience: "keyledger")
    }

    /// A token as any JWT library makes it, signed with HMAC-SHA256.
    static func token(
        _ changes: [String: Any] = [:], header: [String: Any] = ["alg": "HS256", "typ": "JWT"], key: Data = secret
    ) throws -> String {
        var claims: [String: Any] = [
            "aud": "keyledger", "exp": Site.start.second + 30, "jti": UUID().uuidString, "account": "acme", "sub": "anna@example.com",
        ]
        for (name, value) in changes { claims[name] = value is NSNull ? nil : value }
        let signed = try [header, claims].map { base64url(try JSONSerialization.data(withJSONObject: $0)) }.joined(separator: ".")
        let code = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: key))
        return signed + "." + base64url(Data(code))
    }

    private static func base64url(_ data: Data) -> String {
        String(data.base64EncodedString().filter { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    @Test func aUserIsTakenOverOnce() async throws {
        let handOver = try await HandOver(Self.settings())
        let token = try Self.token()
        let user = HandOver.User(account: try #require(AccountID("acme")), subject: "anna@example.com")
        #expect(try handOver.read(token, at: Site.start).user == user)
        try await Site.run { site in
            #expect(try await handOver.user(token, site.ledger) == user)
            // Another process on the ledger refuses the token too, and so does the same one after a restart.
            for other in [handOver, try await HandOver(Self.settings())] {
                await #expect(throws: HandOver.Refusal.usedBefore) { try await other.user(token, site.ledger) }
            }
            #expect(try await handOver.user(Self.token(), site.ledger) == user)
            // One that does not hold takes no place.
            let forged = try Self.token(["jti": "mine"], key: Data("another secret, of the host product's rival".utf8))
            await #expect(throws: HandOver.Refusal.untrusted) { try await handOver.user(forged, site.ledger) }
            #expect(try await handOver.user(Self.token(["jti": "mine"]), site.ledger) == user)
        }
    }

    @Test func timesAreHeld() async throws {
        let handOver = try await HandOver(Self.settings())
        for (seconds, isAccepted) in [(1, true), (60, true), (0, false), (-1, false), (61, false), (3600, false)] as [(Int64, Bool)] {
            let token = try Self.token(["exp": Site.start.second + seconds])
            let user = try? handOver.read(token, at: Site.start)
            #expect((user != nil) == isAccepted, "\(seconds)")
        }
    }

    @Test func whatIsNotSignedAndMeantForUsIsRefused() async throws {
        let handOver = try await HandOver(Self.settings())
        let none = try Self.token(header: ["alg": "none"])
        for token in [
            try Self.token(["aud": "another"]), try Self.token(["aud": ["keyledger", "another"]]),
            try Self.token(key: Data("another secret, of the host product's rival".utf8)),
            none.split(separator: ".").prefix(2).joined(separator: ".") + ".", "", "a.b.c",
        ] {
            #expect(throws: HandOver.Refusal.untrusted) { try handOver.read(token, at: Site.start) }
        }
    }

    @Test func nobodyIsHandedOverAsOperatorOrAsNobody() async throws {
        let handOver = try await HandOver(Self.settings())
        for changes in [["account": "operator"], ["account": ""], ["account": "a b"], ["sub": ""], ["sub": "a\u{0}b"]] {
            let token = try Self.token(changes)
            #expect(throws: HandOver.Refusal.incomplete) { try handOver.read(token, at: Site.start) }
        }
        for missing in ["account", "sub", "jti", "exp", "aud"] {
            let token = try Self.token([missing: NSNull()])
            #expect(throws: HandOver.Refusal.self) { try handOver.read(token, at: Site.start) }
        }
    }

    /// None of them reaches a library that would end the process on it.
    @Test(arguments: [
        "[]", "[[]]", "{}", "null", "7", "true", "[null]", #"["keyledger",7]"#, #"["keyledger","keyledger"]"#, #"[""]"#, "\"\"",
    ])
    func everyShapeOfAnAudienceIsRefused(_ audience: String) async throws {
        let handOver = try await HandOver(Self.settings())
        let token = Self.signed(Self.claims(audience: audience))
        #expect(throws: HandOver.Refusal.untrusted) { try handOver.read(token, at: Site.start) }
    }

    @Test func anAudienceMayBeAListOfOne() async throws {
        let handOver = try await HandOver(Self.settings())
        #expect(try handOver.read(Self.signed(Self.claims(audience: #"["keyledger"]"#)), at: Site.start).user.subject == "anna")
    }

    @Test(arguments: [
        #"{"alg":"HS512"}"#, #"{"alg":"none"}"#, #"{"alg":"hs256"}"#, #"{"alg":["HS256"]}"#, "{}", "[]", "null",
        #"{"alg":"HS256","crit":["b64"]}"#, #"{"alg":"HS256","crit":[]}"#, #"{"alg":"HS256","alg":"HS256"}"#, #"{"alg":"HS256"}x"#,
        String(repeating: "[", count: 5000), "\u{FEFF}{}", "",
    ])
    func headersThatAreNotUnderstoodAreRefused(_ header: String) async throws {
        let handOver = try await HandOver(Self.settings())
        let token = Self.signed(Self.claims(), header: header)
        #expect(throws: HandOver.Refusal.untrusted) { try handOver.read(token, at: Site.start) }
    }

    /// Not before `nbf`, not issued in the future, and not made for longer than a minute.
    @Test(arguments: [
        (#""nbf":NOW"#, true), (#""nbf":LATER"#, false), (#""nbf":"soon""#, false), (#""nbf":1e400"#, false), (#""nbf":-1"#, false),
        (#""iat":NOW"#, true), (#""iat":LATER"#, false), (#""iat":BEFORE"#, false), (#""iat":0"#, false),
        (#""nbf":NOW.25,"iat":NOW.5"#, true),
    ])
    func fromWhenOnATokenHolds(_ claims: String, _ isTaken: Bool) async throws {
        let handOver = try await HandOver(Self.settings())
        let now = Site.start.second
        let more = claims.replacing("NOW", with: "\(now)").replacing("LATER", with: "\(now + 11)").replacing("BEFORE", with: "\(now - 31)")
        let user = try? handOver.read(Self.signed(Self.claims(more: more)), at: Site.start)
        #expect((user != nil) == isTaken)
    }

    @Test(arguments: [
        "9223372036854775807", "-9223372036854775808", "18446744073709551616", "1e19", "1e308", "1e400", "-1e400", "-0", "0.5", "null",
        #""1800000030""#, "[]", "{}", "true", String(repeating: "9", count: 400), "253402300800",
    ])
    func everyNumberIsNoTimeToTakeAToken(_ number: String) async throws {
        let handOver = try await HandOver(Self.settings())
        let token = Self.signed(Self.claims(expiry: number))
        #expect(throws: HandOver.Refusal.self) { try handOver.read(token, at: Site.start) }
    }

    @Test func whatIsNotWrittenAsATokenIsRefused() async throws {
        let handOver = try await HandOver(Self.settings())
        let token = try Self.token()
        let parts = token.split(separator: ".").map(String.init)
        for bad in [
            token + ".", token + "=", "." + token, parts[0] + "." + parts[1], parts.joined(separator: ".\n"), parts.joined(separator: ".."),
            parts[0] + "." + parts[1] + "." + parts[2].dropLast(), parts[0] + "=." + parts[1] + "." + parts[2], "..", "...",
            "\u{0}.\u{0}.\u{0}", String(repeating: ".", count: 60_000), String(repeating: "A", count: 60_000),
        ] {
            #expect(throws: HandOver.Refusal.untrusted, "\(bad.prefix(80))") { try handOver.read(bad, at: Site.start) }
        }
        // A name that stands twice: whoever looked at the token before may have seen the other one.
        let twice = Self.signed(Self.claims(more: #""account":"bolt""#))
        #expect(throws: HandOver.Refusal.untrusted) { try handOver.read(twice, at: Site.start) }
    }

    private static func claims(
        audience: String = #""keyledger""#, expiry: String = "\(Site.start.second + 30)", more: String = ""
    ) -> String {
        #"{"aud":\#(audience),"exp":\#(expiry),"jti":"\#(UUID())","account":"acme","sub":"anna"\#(more.isEmpty ? "" : ",")\#(more)}"#
    }

    /// Whatever text, signed as the host product signs.
    private static func signed(_ claims: String, header: String = #"{"alg":"HS256"}"#) -> String {
        let signed = [header, claims].map { base64url(Data($0.utf8)) }.joined(separator: ".")
        return signed + "." + base64url(Data(HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: secret))))
    }

    @Test func keysThatCannotBeUsedAreNamedAtTheStart() async {
        for settings in [
            Self.settings(key: Data("short".utf8)), Self.settings(.es256, key: Data("no PEM".utf8)),
            Self.settings(.edDSA, key: Data("?".utf8)),
        ] {
            await #expect(throws: HandOverProblem.self) { try await HandOver(settings) }
        }
    }

    @Test func publicKeysWorkToo() async throws {
        let ed = Curve25519.Signing.PrivateKey()
        let es = P256.Signing.PrivateKey()
        let settings = [
            Self.settings(.edDSA, key: Data(Self.base64url(ed.publicKey.rawRepresentation).utf8)),
            Self.settings(.es256, key: Data(es.publicKey.pemRepresentation.utf8)),
        ]
        let names = ["EdDSA", "ES256"]
        for (index, settings) in settings.enumerated() {
            let unsigned = try Self.token(header: ["alg": names[index]]).split(separator: ".").prefix(2).joined(separator: ".")
            let signature =
                try index == 0
                ? ed.signature(for: Data(unsigned.utf8)) : es.signature(for: Data(unsigned.utf8)).rawRepresentation
            let user = try await HandOver(settings).read(unsigned + "." + Self.base64url(signature), at: Site.start).user
            #expect(user.account.description == "acme")
        }
        // The public key is no shared secret: a token signed with it as one is refused.
        let pem = Data(es.publicKey.pemRepresentation.utf8)
        let forged = try Self.token(key: pem)
        let handOver = try await HandOver(settings[1])
        #expect(throws: HandOver.Refusal.untrusted) { try handOver.read(forged, at: Site.start) }
    }
}
