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
        let errors = form.errors.messages(at: .addresses)
        #expect(errors.contains { $0.contains(words) }, "\(errors)")
    }

    /// Everything that is wrong is said at once.
    @Test func allThatIsWrongIsNamed() {
        var form = Self.form([
            ("addresses", "192.0.2.7:443\n198.51.100.0/24\nexample.com\n203.0.113.1, x"), ("metadataName", "a"), ("metadataValue", "1"),
            ("metadataName", ""), ("metadataValue", ""), ("metadataName", ""), ("metadataValue", "2"), ("metadataName", "a"),
            ("metadataValue", "3\u{7}"), ("metadataName", String(repeating: "n", count: 65)), ("metadataValue", ""),
        ])
        _ = form.addresses()
        #expect(
            form.errors.messages(at: .addresses) == [
                "Line 1 holds a port. Did you mean 192.0.2.7?", "Line 3 holds a name. Write the address that it stands for.",
                "Line 4, entry 2 holds a name. Write the address that it stands for.",
            ])
        _ = form.metadata()
        #expect(
            form.errors.messages(at: .metadata) == [
                "Row 2 has a value and no name.", "Row 3 has a name that stands in an earlier row too.",
                "Row 3 has a control character in its value.", "Row 4 has a name that is longer than 64 characters.",
            ])
        #expect(form.errors.rows == [1: [.name], 2: [.name, .value], 3: [.name]])
    }

    @Test func metadataStandsInRows() {
        var form = Self.form([
            ("metadataName", "owner"), ("metadataValue", " Zoë "), ("metadataName", ""), ("metadataValue", ""), ("metadataName", "note"),
            ("metadataValue", ""),
        ])
        #expect(form.metadata() == ["owner": "Zoë", "note": ""] && form.errors.isEmpty)
        var nameless = Self.form([("metadataName", ""), ("metadataValue", "x")])
        _ = nameless.metadata()
        #expect(nameless.errors.messages(at: .metadata) == ["Row 1 has a value and no name."])
        var twice = Self.form([("metadataName", "a"), ("metadataValue", "1"), ("metadataName", "a "), ("metadataValue", "2")])
        _ = twice.metadata()
        #expect(twice.errors.messages(at: .metadata).first?.hasPrefix("Row 2 ") == true)
    }

    @Test func scopesAreThoseThatAreTickedAndTyped() {
        #expect(Self.form([("scope", "a"), ("scope", "b"), ("moreScopes", "c, a\td")]).scopes == ["a", "b", "c", "d"])
    }
}
