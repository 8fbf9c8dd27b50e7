import Bytes
import Testing

@Suite("Kinds of ASCII characters")
struct ASCIITests {
    @Test("Every byte is of the kind that the standard library says its ASCII character is of")
    func kinds() {
        for byte in UInt8.min...UInt8.max {
            let character = Character(UnicodeScalar(byte))
            let isASCII = character.isASCII
            #expect(byte.isASCIIDigit == (isASCII && character.isNumber))
            #expect(byte.asciiDigitValue.map { Int($0) } == (isASCII ? character.wholeNumberValue : nil))
            #expect(byte.isASCIILowercase == (isASCII && character.isLowercase))
            #expect(byte.isASCIIUppercase == (isASCII && character.isUppercase))
            #expect(byte.isASCIILetter == (isASCII && character.isLetter))
            #expect(Character(UnicodeScalar(byte.asciiLowercased)) == (isASCII ? Character(character.lowercased()) : character))
            #expect(byte.isASCIILetterOrDigit == (isASCII && (character.isLetter || character.isNumber)))
        }
    }

    @Test("Digits of other scripts, signs and blanks are none", arguments: ["٣", "１", "+1", "-1", "1 ", "1.0", "²", "1e3"])
    func others(_ text: String) { #expect(!text.isASCIIDigits) }

    @Test(arguments: ["", "0", "0123456789"]) func digits(_ text: String) { #expect(text.isASCIIDigits) }
}
