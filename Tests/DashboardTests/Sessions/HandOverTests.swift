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
        let user = try await handOver.user(token, at: Site.start)
        #expect(user == HandOver.User(account: try #require(AccountID("acme")), subject: "anna@example.com"))
        await #expect(throws: HandOver.Refusal.usedBefore) { try await handOver.user(token, at: Site.start) }
    }

    @Test func timesAreHeld() async throws {
        let handOver = try await HandOver(Self.settings())
        for (seconds, isAccepted) in [(1, true), (60, true), (0, false), (-1, false), (61, false), (3600, false)] as [(Int64, Bool)] {
            let token = try Self.token(["exp": Site.start.second + seconds])
            let user = try? await handOver.user(token, at: Site.start)
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
            await #expect(throws: HandOver.Refusal.untrusted) { try await handOver.user(token, at: Site.start) }
        }
    }

    @Test func nobodyIsHandedOverAsOperatorOrAsNobody() async throws {
        let handOver = try await HandOver(Self.settings())
        for changes in [["account": "operator"], ["account": ""], ["account": "a b"], ["sub": ""], ["sub": "a\u{0}b"]] {
            let token = try Self.token(changes)
            await #expect(throws: HandOver.Refusal.incomplete) { try await handOver.user(token, at: Site.start) }
        }
        for missing in ["account", "sub", "jti", "exp", "aud"] {
            let token = try Self.token([missing: NSNull()])
            await #expect(throws: HandOver.Refusal.self) { try await handOver.user(token, at: Site.start) }
        }
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
            let user = try await HandOver(settings).user(unsigned + "." + Self.base64url(signature), at: Site.start)
            #expect(user.account.description == "acme")
        }
        // The public key is no shared secret: a token signed with it as one is refused.
        let pem = Data(es.publicKey.pemRepresentation.utf8)
        let forged = try Self.token(key: pem)
        let handOver = try await HandOver(settings[1])
        await #expect(throws: HandOver.Refusal.untrusted) { try await handOver.user(forged, at: Site.start) }
    }
}
