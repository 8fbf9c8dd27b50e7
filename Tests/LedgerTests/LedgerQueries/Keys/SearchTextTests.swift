import TestSupport
import Testing

@testable import LedgerQueries

/// What counts as the same text when people search for it.
@Suite struct SearchTextTests {
    @Test(arguments: [
        ("Straße", "STRASSE"), ("straẞe", "strasse"), ("ΟΔΟΣ", "οδος"), ("Οδός", "ΟΔΟΣ"), ("ﬁle ﬀ", "FILE FF"), ("ſync", "SYNC"),
        ("Café", "CAFE\u{301}"), ("café", "cafe"), ("Ünïcödé", "unicode"), ("İstanbul", "istanbul"), ("ISTANBUL", "ıstanbul"),
        ("Łódź", "lodz"), ("Ørsted", "ORSTED"), ("Ærø", "aero"), ("Œuvre", "oeuvre"), ("Đặng", "dang"), ("Ｗｉｄｅ　１", "wide 1"),
        ("ｶﾞｽ", "ガス"), ("مُزَامَنَة", "مزامنة"), ("שָׁלוֹם", "שלום"), ("co\u{AD}op", "coop"), ("zero\u{200B}width", "zerowidth"),
        ("5 µs", "5 ΜS"), ("№ ①", "no 1"), ("Ёлка й", "ЕЛКА И"), ("key…a", "key...a"),
    ]) func isTheSame(_ a: String, _ b: String) { #expect(SearchText.fold(a) == SearchText.fold(b), "\(a), \(b)") }

    @Test(arguments: [("a", "b"), ("宿", "縮"), ("が", "き"), ("กิน", "กิ"), ("कि", "कु"), ("0", "O"), ("1", "l"), ("", "a")])
    func isAnother(_ a: String, _ b: String) { #expect(SearchText.fold(a) != SearchText.fold(b), "\(a), \(b)") }

    @Test func wordsAreWhatIsBetweenSpaces() {
        #expect(
            SearchText.words(" Property\u{A0}SYNC\t\u{3000}2 ").map { String(decoding: $0, as: UTF8.self) } == ["property", "sync", "2"])
        #expect(SearchText.words(" \t\u{200B} \u{301}").isEmpty)
    }

    /// Folding is done once: what is folded stays so, whatever its case was, and folding does not join texts.
    @Test func foldingIsIdempotentAndForgetsCase() {
        withSeed { random in
            for _ in 0..<20_000 {
                let text = String(
                    String.UnicodeScalarView(
                        (0..<3).compactMap { _ in
                            Unicode.Scalar(UInt32.random(in: 1...(random.chance(80) ? 0x2FFF : 0x1FFFF), using: &random))
                        }))
                let folded = SearchText.fold(text)
                let again = SearchText.fold(String(decoding: folded, as: UTF8.self))
                #expect(again == folded, "\(text.unicodeScalars.map(\.value))")
                #expect(SearchText.fold(text.uppercased()) == SearchText.fold(text.uppercased().lowercased()))
                #expect(!folded.contains(0xFF))
            }
        }
    }

    @Test func textsAreHeldApart() {
        let text = SearchText(name: "Prop", others: ["lhql_live_…a1", "listings:read"])
        for (word, isThere) in [
            ("prop", true), ("live", true), ("listings:r", true), ("a1", true), ("propl", false), ("a1listings", false), ("x", false),
        ] {
            let bytes = SearchText.fold(word)
            let isFound = text.contains(bytes.span)
            #expect(isFound == isThere, "\(word)")
        }
    }
}
