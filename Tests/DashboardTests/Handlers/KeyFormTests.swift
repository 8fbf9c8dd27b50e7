import KeyEvents
import Testing

@testable import Dashboard

/// The fields that the forms of creating and editing a key share.
@Suite struct KeyFormTests {
    private static func form(_ fields: [(String, String)]) -> KeyForm { KeyForm(Form(fields: fields), at: Site.start) }

    @Test func addressesStandOneALine() {
        var form = Self.form([("addresses", "192.0.2.7\r\n\r\n  2001:DB8::/32 \n198.51.100.9/24, 203.0.113.1")])
        #expect(form.addresses() == ["192.0.2.7", "2001:db8::/32", "198.51.100.0/24", "203.0.113.1"] && form.errors.isEmpty)
        var empty = Self.form([("addresses", " \r\n ")])
        #expect(empty.addresses().isEmpty && empty.errors.isEmpty)
    }

    @Test(arguments: [
        ("192.0.2.7\n\n192.0.2.256", "Line 3 is neither"), ("192.0.2.7:443", "Line 1 holds a port. Did you mean 192.0.2.7?"),
        ("example.com", "Line 1 holds a name"), ("192.0.2.1-192.0.2.9", "Line 1 holds two addresses"),
        ("192.0.2.0/33", "Line 1 is neither"), ("fe80::1%eth0", "Line 1 holds a zone"), ("fe80::1%eth0", "Did you mean fe80::1?"),
        ("fe80::%eth0/64", "Did you mean fe80::/64?"), ("[2001:db8::1]", "brackets around the address. Did you mean 2001:db8::1?"),
        ("[2001:db8::1]:443", "Line 1 holds a port. Did you mean 2001:db8::1?"),
        (String(repeating: "192.0.2.7\n", count: 101), "more than 100"),
    ])
    func anAddressThatIsNoneIsNamedByItsLine(_ text: String, _ words: String) {
        var form = Self.form([("addresses", text)])
        _ = form.addresses()
        #expect(form.errors[.addresses]?.contains(words) == true, "\(form.errors[.addresses] ?? "nothing")")
    }

    @Test func metadataStandsInRows() {
        var form = Self.form([
            ("metadataName", "owner"), ("metadataValue", " Zoë "), ("metadataName", ""), ("metadataValue", ""), ("metadataName", "note"),
            ("metadataValue", ""),
        ])
        #expect(form.metadata() == ["owner": "Zoë", "note": ""] && form.errors.isEmpty)
        var nameless = Self.form([("metadataName", ""), ("metadataValue", "x")])
        _ = nameless.metadata()
        #expect(nameless.errors[.metadata] == "Row 1 has a value and no name.")
        var twice = Self.form([("metadataName", "a"), ("metadataValue", "1"), ("metadataName", "a "), ("metadataValue", "2")])
        _ = twice.metadata()
        #expect(twice.errors[.metadata]?.hasPrefix("Row 2 ") == true)
    }

    @Test func scopesAreThoseThatAreTickedAndTyped() {
        #expect(Self.form([("scope", "a"), ("scope", "b"), ("moreScopes", "c, a\td")]).scopes == ["a", "b", "c", "d"])
    }
}
