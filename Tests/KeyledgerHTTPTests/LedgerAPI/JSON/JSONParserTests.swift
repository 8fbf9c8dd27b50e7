import APITestSupport
import Foundation
import TestSupport
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Reading JSON")
struct JSONParserTests {
    @Test(
        "What is JSON",
        arguments: [
            (#" null "#, JSONValue.null), ("true", .bool(true)), ("[]", .array([])), ("{ }", .object([])), ("0", .number(0)),
            ("18446744073709551615", .number(.max)), ("18446744073709551616", .number(nil)), ("-1", .number(nil)), ("-0", .number(0)),
            ("1.5", .number(nil)), ("1e3", .number(1000)), ("1E+3", .number(1000)), ("1.0", .number(1)), ("-0.0e9", .number(0)),
            ("1.50e1", .number(15)), ("1200e-2", .number(12)), ("1e-1", .number(nil)), ("0e99999999999999999999", .number(0)),
            ("1e200", .number(nil)), ("1.00000000000000000000000000", .number(1)),
            ("1e19", .number(10_000_000_000_000_000_000)),
            ("1e20", .number(nil)), ("-1.0", .number(nil)), ("0.00000000000000000000000001", .number(nil)),
            (#""a\u00e9\ud83d\ude00\n\/""#, .string("aé😀\n/")),
            (
                #"{"a":[1,{"b":"c"}]}"#,
                .object([.init(name: "a", value: .array([.number(1), .object([.init(name: "b", value: .string("c"))])]))])
            ),
        ])
    func valid(_ text: String, _ expected: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == expected)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed) }
    }

    @Test(
        "What is not",
        arguments: [
            "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "01", "1.", ".5", "1e", "+1",
            "-",
            "tru", "nul", "truee", "1 2", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"a\nb\"",
            "\u{FEFF}{}", "NaN", "Infinity", "// comment\n1", String(repeating: "[", count: 100_000),
        ])
    func invalid(_ text: String) { #expect(throws: JSONParser.Failure.self) { try JSONValue(parsing: text) } }

    @Test(
        "Bytes that are no UTF-8",
        arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] as [[UInt8]])
    func notUTF8(_ bytes: [UInt8]) { #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(bytes.span) } }

    @Test("A name that comes twice, also among many", arguments: [0, 3, 40, 20_000])
    func repeatedName(_ others: Int) throws {
        let fields = (0..<others).map { "\"n\($0)\":1," }.joined()
        #expect(throws: JSONParser.Failure.self) { try JSONValue(parsing: "{\"a\":1,\(fields)\"a\":2}") }
        #expect(throws: Never.self) { try JSONValue(parsing: "{\"a\":1,\(fields)\"b\":2}") }
    }

    @Test("A complaint never quotes the text")
    func silent() {
        let failure = #expect(throws: JSONParser.Failure.self) { try JSONValue(parsing: #"{"key":"lhql_live_secret" x}"#) }
        #expect(failure?.words == "something unexpected stands at byte 26.")
    }

    @Test("Whatever bytes come, it ends without a trap", arguments: 0..<20)
    func randomBytes(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let alphabet = Array(#"{}[]":,\u0eE+-.19 truefalsn"#.utf8) + [0xC3, 0xA9, 0x00]
        for _ in 0..<2000 {
            let bytes = (0..<random.number(below: 24)).map { _ in random.pick(alphabet) }
            let mine = try? JSONParser.parse(bytes.span)
            if mine != nil {
                #expect(throws: Never.self, "\(bytes)") { try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed) }
            }
        }
    }
}
