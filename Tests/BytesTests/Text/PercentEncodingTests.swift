import Bytes
import Testing

@Suite("Percent-encoding")
struct PercentEncodingTests {
    @Test(
        "Every character is kept, a byte order mark at the beginning too",
        arguments: [
            ("", ""), ("a+b", "a+b"), ("%41%2f%2F", "A//"), ("%C3%A9é", "éé"), ("%EF%BB%BFname", "\u{FEFF}name"),
            ("\u{FEFF}x", "\u{FEFF}x"),
            ("%00", "\0"), ("%2541", "%41"),
        ])
    func decoded(_ text: String, _ decoded: String) {
        #expect(PercentEncoding.decoded(text).map { Array($0.utf8) } == Array(decoded.utf8))
    }

    @Test("What is no encoded text", arguments: ["%", "%4", "a%4", "%G0", "%0g", "%ff", "%C3", "%%41", "%+1"])
    func invalid(_ text: String) { #expect(PercentEncoding.decoded(text) == nil) }
}
