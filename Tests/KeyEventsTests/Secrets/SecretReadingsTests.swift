import Foundation
import KeyEvents
import TestSupport
import Testing

/// Generated secrets, however they are written, are told, and told to be certain.
@Suite struct SecretReadingsTests {
    private typealias Writing = (name: String, write: @Sendable (String) -> String)

    private static func each(_ text: String, _ part: (UInt8) -> String) -> String { text.utf8.map(part).joined() }

    private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    private static func utf16(_ text: String, isBigEndian: Bool) -> Data {
        Data(text.utf16.flatMap { isBigEndian ? [UInt8($0 >> 8), UInt8($0 & 0xFF)] : [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
    }

    private static let writings: [Writing] = [
        ("as it is", { $0 }),
        ("percent", { each($0) { "%" + hex($0) } }),
        ("percent, underscores", { $0.replacing("_", with: "%5F") }),
        ("percent of Microsoft", { each($0) { "%u00" + hex($0) } }),
        ("references, decimal", { each($0) { "&#\($0);" } }),
        ("references, hexadecimal", { each($0) { "&#x" + hex($0).uppercased() + ";" } }),
        ("references, padded, open", { each($0) { "&#0000\($0)" } }),
        ("references, by name", { $0.replacing("_", with: "&lowbar;") }),
        ("references, twice", { $0.replacing("_", with: "&amp;#95;") }),
        ("JSON", { each($0) { "\\u00" + hex($0) } }),
        ("JSON in JSON", { $0.replacing("_", with: "\\\\u005F") }),
        ("C", { each($0) { "\\x" + hex($0) } }),
        ("octal", { each($0) { "\\" + (($0 < 64 ? "0" : "") + String($0, radix: 8)) } }),
        ("JavaScript", { each($0) { "\\u{" + hex($0) + "}" } }),
        ("Python", { each($0) { "\\U000000" + hex($0) } }),
        ("Markdown", { $0.replacing("_", with: "\\_") }),
        ("a line of a shell", { $0.prefix(20) + "\\\n" + $0.dropFirst(20) }),
        ("quoted-printable", { each($0) { "=" + hex($0).uppercased() } }),
        ("quoted-printable, broken", { $0.prefix(30).replacing("_", with: "=5F") + "=\r\n" + $0.dropFirst(30) }),
        ("hexadecimal", { each($0, hex) }),
        ("hexadecimal, capital, odd", { "f" + each($0, hex).uppercased() }),
        ("hexadecimal, in pairs", { $0.utf8.map(hex).joined(separator: " ") }),
        ("hexadecimal, with colons", { $0.utf8.map(hex).joined(separator: ":") }),
        ("hexadecimal, as bytes of C", { $0.utf8.map { "0x" + hex($0) }.joined(separator: ", ") }),
        ("hexadecimal, in lines", { each($0) { hex($0) + ($0 % 7 == 0 ? "\n" : "") } }),
        ("base64", { base64($0) }),
        ("base64, twice", { base64(base64($0)) }),
        ("base64, three times", { base64("x" + base64("yy" + base64($0))) }),
        ("base64 for addresses", { base64("~?" + $0).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "") }),
        (
            "base64 in lines",
            { Data(("user:" + $0).utf8).base64EncodedString(options: [.lineLength64Characters, .endLineWithCarriageReturn]) }
        ),
        ("base64 in an address", { each(base64($0)) { "%" + hex($0) } }),
        ("base64 of UTF-16", { utf16($0, isBigEndian: false).base64EncodedString() }),
        ("hexadecimal of UTF-16", { utf16($0, isBigEndian: true).map(hex).joined() }),
        ("UTF-16 taken for bytes", { each($0) { String(UnicodeScalar($0)) + "\0" } }),
        (
            "bytes taken for UTF-16",
            { text in
                let bytes = Array((text.utf8.count % 2 == 0 ? text : text + " ").utf8)
                return String(
                    decoding: stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }, as: UTF16.self
                )
            }
        ),
        (
            "bytes taken for UTF-16, the other way",
            { text in
                let bytes = Array((text.utf8.count % 2 == 0 ? text : text + " ").utf8)
                return String(
                    decoding: stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0 + 1]) << 8 | UInt16(bytes[$0]) }, as: UTF16.self
                )
            }
        ),
        ("soft hyphens", { each($0) { String(UnicodeScalar($0)) + "\u{AD}" } }),
        ("zero width", { each($0) { String(UnicodeScalar($0)) + "\u{200B}\u{2060}" } }),
        ("spaces", { each($0) { String(UnicodeScalar($0)) + " " } }),
        ("wide spaces", { each($0) { String(UnicodeScalar($0)) + "\u{3000}\u{A0}" } }),
        ("lines", { each($0) { String(UnicodeScalar($0)) + ($0 % 5 == 0 ? "\r\n\t" : "") } }),
        ("full width", { String(String.UnicodeScalarView($0.unicodeScalars.compactMap { UnicodeScalar($0.value + 0xFEE0) })) }),
        ("spaces in base64", { base64("k: " + $0).map { "\($0) " }.joined() }),
    ]

    @Test func secretsAreTold() throws {
        try withSeed { generator in
            for (name, write) in Self.writings {
                for prefix in ["lhql", "k2", "ab"] {
                    let format = try #require(SecretFormat(prefix: prefix))
                    let secret = format.make(environment: generator.pick(["live", "test"])) { UInt8.random(in: 0...255, using: &generator) }
                    let written = write(secret.reveal())
                    for text in [written, "the key is “\(written)”.", "[\(written)]"] {
                        let found = MisplacedSecret(in: text, isWhole: true)
                        #expect(found?.secret?.reveal() == secret.reveal(), "\(name): \(text)")
                    }
                }
            }
        }
    }

    /// Each reading is shown to whoever knows more; what they find is certain.
    @Test func othersAreAskedAboutEachReading() throws {
        let part = "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3a4b"
        for (name, write) in Self.writings {
            let found = MisplacedSecret(in: "- \(write(part)) -") { bytes in
                let text = String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
                return text.contains(part) ? Secret(part) : nil
            }
            #expect(found?.secret?.reveal() == part, "\(name)")
        }
    }

    /// However much there is to decode, it is little work: what is read is bounded by what came.
    @Test func readingIsBounded() {
        for piece in ["A", "%25", "&amp;", "\\\\", "=3D", "41", "41 ", "\u{4141}", "\u{AD}", "%41%2541QUFB"] {
            var readBytes = 0
            let text = String(repeating: piece, count: 20_000)
            let found = MisplacedSecret(in: text) { bytes in
                readBytes += bytes.count
                return nil
            }
            #expect(found == nil && readBytes <= 9 * text.utf8.count + 4096)
        }
    }
}
