import Foundation
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Writing JSON")
struct OrderedJSONEncoderTests {
    private struct Sample: Encodable {
        struct Inner: Encodable, Equatable {
            let last: Int8
            let first: Bool
        }

        enum Kind: String, Encodable {
            case plain
        }

        let zebra = "z/\"\\\n\u{1}é"
        let apple: UInt64 = .max
        let inner = [Inner(last: -1, first: true), Inner(last: 2, first: false)]
        let none: Int? = nil
        let kind = Kind.plain
        let seconds = 0.25
        let map = ["b": "2", "a": "1"]
        let counts: [String: UInt64] = [:]
        let empty: [Int] = []
    }

    @Test("Fields in their order, maps sorted, text escaped")
    func order() throws {
        #expect(
            try JSON.string(Sample()) == #"{"zebra":"z/\"\\\n\u0001é","apple":18446744073709551615,"inner":[{"last":-1,"first":true},"#
                + #"{"last":2,"first":false}],"kind":"plain","seconds":0.25,"map":{"a":"1","b":"2"},"counts":{},"empty":[]}"#)
    }

    @Test("What Foundation reads back")
    func readable() throws {
        let object = try JSONSerialization.jsonObject(with: Data(JSON.bytes(Sample()))) as? [String: Any]
        #expect(object?["zebra"] as? String == Sample().zebra)
        #expect(object?["apple"] as? UInt64 == .max)
    }

    @Test("Not a number is refused")
    func notANumber() { #expect(throws: EncodingError.self) { try JSON.string([Double.nan]) } }
}
