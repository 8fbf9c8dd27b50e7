import Bytes
import Foundation
import TestSupport
import Testing

@Suite struct Base64Tests {
    @Test func writesWhatFoundationReads() {
        withSeed { random in
            for length in 0..<200 {
                let bytes = random.bytes(length)
                #expect(Base64.encode(bytes) == Data(bytes).base64EncodedString())
                #expect(Base64.decode(Base64.encode(bytes)) == bytes)
                var text = Array("<".utf8)
                Base64.append(bytes, to: &text)
                #expect(String(decoding: text, as: UTF8.self) == "<" + Data(bytes).base64EncodedString())
                #expect(Base64.decode(text.dropFirst()) == bytes)
            }
        }
    }

    /// Of all texts that differ in one character, none stands for the same bytes.
    @Test func noTwoTextsStandForTheSameBytes() {
        withSeed { random in
            for length in 1..<8 {
                let bytes = random.bytes(length)
                let text = Array(Base64.encode(bytes).utf8)
                for place in text.indices {
                    for character in UInt8.min...UInt8.max where character != text[place] {
                        var other = text
                        other[place] = character
                        #expect(Base64.decode(other[...]) != bytes)
                    }
                }
            }
        }
    }

    /// What is read is what Foundation reads and writes again as the same text; all else is refused.
    @Test func readsNothingElse() {
        withSeed { random in
            for _ in 0..<20_000 {
                let text = String(
                    decoding: (0..<random.pick([0, 2, 3, 4, 7, 8, 9, 12])).map { _ in
                        random.chance(80) ? random.pick(Array("AQgwB+/z8".utf8)) : random.pick(Array("=-_ \n".utf8))
                    }, as: UTF8.self)
                let data = Data(base64Encoded: text)
                let isExact = data?.base64EncodedString() == text
                #expect(Base64.decode(text) == (isExact ? data.map { Array($0) } : nil), "\(text)")
            }
        }
    }

    @Test(arguments: [
        "A", "AA", "AAA", "AA=A", "A===", "====", "AAAA=", "AB==C===", "AAAA====", "QQ=", "Q Q=", "QR==", "QUJ=", "-_-_", "QQ==\n",
    ])
    func refuses(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }
}

@Suite struct Base64URLTests {
    /// By RFC 4648 section 5 it is base64 with two other characters, here without padding.
    @Test func writesBase64WithTheOtherAlphabet() {
        withSeed { random in
            for length in 0..<200 {
                let bytes = random.bytes(length)
                let text = Base64URL.encode(bytes)
                let expected = Data(bytes).base64EncodedString()
                    .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
                #expect(text == expected)
                #expect(Base64URL.decode(text) == bytes)
            }
        }
    }

    @Test(arguments: ["A", "AAAAA", "QQ==", "QR", "QUJ", "Q=", "+A", "/w", "QQ\n", " QQ", "AAA=", "é"])
    func refuses(_ text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}
