import Bytes
import Testing

@Suite("Trimming")
struct TrimmingTests {
    @Test(
        "Of a header's value, spaces and tabs go",
        arguments: [
            ("", ""), (" \t ", ""), ("a", "a"), (" \ta b\t ", "a b"), ("\u{A0}a\n", "\u{A0}a\n"), (" \u{301}a", "\u{301}a"),
        ])
    func spaces(_ text: String, _ trimmed: String) { #expect(Array(text[...].trimmingSpaces.utf8) == Array(trimmed.utf8)) }

    @Test(
        "Of what a person wrote, all white space of Unicode goes",
        arguments: [("", ""), (" \n\t", ""), ("a", "a"), ("\r\n a b\u{2003}\u{A0}", "a b"), ("\u{3000}日本\u{85}", "日本")])
    func whiteSpace(_ text: String, _ trimmed: String) { #expect(text.trimmingWhiteSpace == trimmed) }
}
