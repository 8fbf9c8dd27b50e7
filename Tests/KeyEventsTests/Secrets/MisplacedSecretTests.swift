import Foundation
import KeyEvents
import TestSupport
import Testing

/// A secret is told by its value, however it is written; what people and machines name things by is none.
@Suite struct MisplacedSecretTests {
    private static let secret: String = {
        guard let format = SecretFormat(prefix: "lhql") else { preconditionFailure() }
        var generator = SplitMix64(seed: 7)
        return format.make(environment: "live") { UInt8.random(in: 0...255, using: &generator) }.reveal()
    }()

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static let fullWidth = String(
        String.UnicodeScalarView(secret.unicodeScalars.compactMap { Unicode.Scalar($0.value + 0xFEE0) }))

    private static let begin = String(secret.prefix(20))
    private static let end = String(secret.dropFirst(20))

    private static let plain: [String] = [
        secret, " \(secret)\n", "the key is \(secret), keep it", "my_\(secret)", "x\(secret)", "\(secret)x", "\(secret)_2",
        "\(secret)-\(secret)", "https://a.example/?q=\(secret)&b", "{\"key\":\"\(secret)\"}", "é\(secret)é",
    ]

    private static let percentEncoded: [String] = [
        secret.replacing("_", with: "%5F"), secret.replacing("_", with: "%5f"), encoded(secret), encoded(encoded(secret)),
        encoded(encoded(encoded(secret))), "100% \(encoded(secret)) %",
    ]

    private static let inBase64: [String] = [
        base64(secret), base64("\(secret):"), base64("user:\(secret)"), "Basic \(base64("anna:\(secret)"))", "/a/\(base64(secret))/b",
        "YQ\(base64("xx\(secret)"))", encoded("Basic \(base64("\(secret):"))"),
        base64("~~~\(secret)").replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: ""),
    ]

    private static let broken: [String] = [
        "\(begin)\u{200B}\(end)", "\(begin)\u{AD}\u{FEFF}\(end)", "\(begin)\n\(end)", "\(begin)\r\n  \(end)", fullWidth,
    ]

    @Test(arguments: plain + percentEncoded + inBase64 + broken)
    func aWholeSecretIsFound(_ text: String) throws {
        for isWhole in [false, true] {
            let found = try #require(MisplacedSecret(in: text, isWhole: isWhole), "\(text)")
            #expect(found.secret?.reveal() == Self.secret)
            #expect(found.hint == SecretFormat.hint(of: Secret(Self.secret)))
            #expect(!found.problem.contains(Self.secret.dropFirst(10).prefix(8)))
        }
    }

    private static let mistyped: [String] = [
        "\(secret.dropLast())\(secret.hasSuffix("0") ? "1" : "0")", secret.lowercased(), secret.uppercased(), "Lhql\(secret.dropFirst(4))",
        "(\(secret.lowercased()))",
        secret.lowercased().replacing("_", with: "%5F"),
    ]

    @Test(arguments: mistyped)
    func aMistypedOneIsFoundByItsShape(_ text: String) throws {
        for isWhole in [false, true] {
            let found = try #require(MisplacedSecret(in: text, isWhole: isWhole))
            #expect(found.secret == nil && found.hint.lowercased() == "lhql_live_…")
        }
    }

    private static let cut: [String] = [
        String(secret.dropLast()), String(secret.prefix(40)), "leaked: \(secret.prefix(40)).", "--\(secret.dropLast(3))",
        "a.\(secret.dropLast(3))", String(secret.dropLast(2)).replacing("_", with: "%5F"),
    ]

    @Test(arguments: cut)
    func aCutOneIsFoundUnlessOnlyWholeOnesAreLookedFor(_ text: String) throws {
        #expect(try #require(MisplacedSecret(in: text)).hint == "lhql_live_…")
        // The whole random part is as good as the key: what is cut off follows from it.
        let holdsRandomPart = text.replacing("%5F", with: "_").contains(Self.secret.prefix(53))
        #expect((MisplacedSecret(in: text, isWhole: true) != nil) == holdsRandomPart)
    }

    @Test func everyPrefixAndEnvironmentCounts() throws {
        for (prefix, environment) in [("a", "b"), ("k2", "x9"), ("abcdefghijklmnop", "abcdefghijklmnop")] {
            let format = try #require(SecretFormat(prefix: prefix))
            var generator = SplitMix64(seed: 3)
            let secret = format.make(environment: environment) { UInt8.random(in: 0...255, using: &generator) }.reveal()
            #expect(MisplacedSecret(in: "zz\(secret)zz", isWhole: true)?.secret?.reveal() == secret)
            #expect(MisplacedSecret(in: Self.base64("u:" + secret))?.secret?.reveal() == secret)
        }
    }

    @Test(arguments: [
        "", "_", "__", "a_b_", "Property Sync", "listings:read", "key_0190b5c2a3f17d3e8c4b5a6978695a4b", "lhql_live_…x9Zk",
        "prod_live_ABCDEFGHIJKLMNOPQRSTUVWXYZ", "my_app_internationalization and 0190b5c2a3f17d3e8c4b5a6978695a4b",
        "01890a5d-ac96-774b-bcce-b302099a8057", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "cache_v1_da39a3ee5e6b4b0d3255bfef95601890afd80709", "/listings/42/photos/IMG_20260101_123456.jpg",
        "img_v2_9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "%", "%%%", "%5", "100%_sure_%5",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
            + ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        "hello_world_ｆｕｌｌｗｉｄｔｈ_ｔｅｘｔ", "日本_の_鍵の名前はとても長いことがあります", String(repeating: "_", count: 300), String(repeating: "a_", count: 300),
        String(repeating: "A", count: 5000), String(repeating: "%41", count: 2000),
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",
    ])
    func whatIsNoneIsNot(_ text: String) { #expect(MisplacedSecret(in: text) == nil) }

    /// A short beginning is enough where the prefix is the installation's own; other texts that begin so are names.
    @Test func theBeginningOfAnOwnOneIsFound() throws {
        func find(_ text: String, _ prefix: String? = "lhql", isWhole: Bool = false) -> MisplacedSecret? {
            MisplacedSecret(in: text, isWhole: isWhole, prefix: prefix) { _ in nil }
        }
        for count in [20, 24, 28, 35, 53] {
            let text = String(Self.secret.prefix(count))
            #expect(find("it is \(text).")?.hint == "lhql_live_…" && find(text)?.secret == nil, "\(count)")
            #expect(find(text, isWhole: true) != nil && (find(text, "acme") == nil) == (count < 35), "\(count)")
        }
        for isWhole in [false, true] { #expect(find(String(Self.secret.prefix(19)), isWhole: isWhole) == nil) }
        // Ids of other systems are none in texts that machines generate.
        for id in [
            "sk_live_51HxYzAbCdEfGhIjKlMnOpQr", "pk_live_51HxYzAbCdEfGhIjKlMnOpQrStUvWx9Zk1Lm2No3Pq4R",
            "sess_prod_9aZk3LmQ7xT2vB8nC4dF6gH1",
            "arn:aws:cloudformation:eu-west-1:123456789012:stack/my_prod_StackA1b2C3d4E5f6G7h8I9j0/0190b5c2-a3f1-7d3e-8c4b-5a6978695a4b",
        ] {
            #expect(find(id, isWhole: true) == nil, "\(id)")
        }
        for name in [
            "lhql_live_", "lhql_live_…x9Zk", "lhql_live_x9Zk", "lhql_live_IntegrationTest", "lhql_live_PropertySync2026",
            "lhql_test_websiteproduction",
            "lhql_live_0123456789", "lhql_live_CHANNELMANAGER", "key_0190b5c2a3f17d3e8c4b5a6978695a4b", "lhql_live_ImportCRM",
            "lhql_API_KEY_Website",
        ] {
            #expect(find(name) == nil && find(name, isWhole: true) == nil, "\(name)")
        }
        // One in five of those of the least length reads like a name.
        var generator = SplitMix64(seed: 11)
        let format = try #require(SecretFormat(prefix: "lhql"))
        let found = (0..<500).count { _ in
            find(String(format.make(environment: "live") { UInt8.random(in: 0...255, using: &generator) }.reveal().prefix(20))) != nil
        }
        #expect(found > 350, "\(found)")
    }

    /// No secret is found in random text, or hardly ever: tokens and ids are not refused by chance. A token in base64url begins with two
    /// short names and ends its third word at the right place once in some 100,000.
    @Test func randomTextsAreNone() {
        withSeed { generator in
            var found: [String] = []
            for _ in 0..<500 {
                let bytes = Data(generator.bytes(96))
                let token = bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                if MisplacedSecret(in: token, isWhole: true) != nil { found.append(token) }
                #expect(MisplacedSecret(in: bytes.map { String($0, radix: 16) }.joined()) == nil)
            }
            #expect(found.count <= 2, "\(found)")
        }
    }

    /// Any bytes at all are walked through without a trap.
    @Test func anyTextIsTaken() {
        withSeed { generator in
            let pieces = [
                "_", "%", "%5F", "%5", "lhql", "live", Self.secret, String(Self.secret.suffix(49)), "\u{FF3F}", "é", " ", "=", "/", "-",
                "A0b",
            ]
            for _ in 0..<1_000 {
                let text = (0..<Int.random(in: 0...12, using: &generator)).map { _ in generator.pick(pieces) }.joined()
                let found = MisplacedSecret(in: text)
                if text.contains(Self.secret) { #expect(found != nil, "\(text)") }
            }
        }
    }
}
