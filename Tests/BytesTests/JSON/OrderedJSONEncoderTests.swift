import Foundation
import Testing

@testable import Bytes

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

    private enum Nested: Encodable {
        case pair(Int, name: String?)
        case none
    }

    /// The compiler encodes an enumeration with values into nested containers.
    @Test func nestedContainersEndWhereTheNextBegins() throws {
        #expect(
            try JSON.string([Nested.pair(1, name: "a"), .pair(2, name: nil), .none])
                == #"[{"pair":{"_0":1,"name":"a"}},{"pair":{"_0":2}},{"none":{}}]"#)
        #expect(try JSON.string(Lists()) == #"[[1,2],{"a":[3],"b":4},5]"#)
    }

    private struct Lists: Encodable {
        private enum CodingKeys: CodingKey {
            case a, b
        }

        func encode(to encoder: any Encoder) throws {
            var list = encoder.unkeyedContainer()
            var inner = list.nestedUnkeyedContainer()
            try inner.encode(1)
            try inner.encode(2)
            var fields = list.nestedContainer(keyedBy: CodingKeys.self)
            var field = fields.nestedUnkeyedContainer(forKey: .a)
            try field.encode(3)
            try fields.encode(4, forKey: .b)
            try list.encode(5)
            #expect(list.count == 3)
        }
    }

    @Test func inASCIIAllElseIsEscaped() throws {
        let text = "z/\"\\\n\r\t\u{7F}é😀"
        let bytes = try JSON.bytes(["é": text], .ascii)
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"\u00e9":"z/\"\\\n\u000d\u0009\u007f\u00e9\ud83d\ude00"}"#)
        #expect(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: String] == ["é": text])
    }

    private struct Open: Encodable {
        let size = 2
        let list: [Int]
    }

    @Test func aListIsWrittenBetweenTheTwoTextsAroundIt() throws {
        let around = try JSON.around(Open(list: []))
        #expect(around.before + "7,8" + around.after == (try JSON.string(Open(list: [7, 8]))))
    }
}
