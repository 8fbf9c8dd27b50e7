import Testing

@testable import Dashboard

/// Whatever stands in a text, and whatever joins with its characters, none of it becomes markup.
@Suite struct MarkupTextTests {
    private static let hostile = [
        "\"\u{301} onfocus=\u{600}", "\u{600}<b\u{600}>", "<\u{338}", "&\u{20E3}", "'\u{301}", "\u{110BD}\"", "<script>",
    ]

    @Test func noScalarOfItIsMarkup() {
        for text in Self.hostile {
            let escaped = MarkupText().escapeText(text)
            #expect(!escaped.unicodeScalars.contains { "<>\"'".unicodeScalars.contains($0) }, "\(escaped)")
        }
        #expect(MarkupText().escapeText("a & b") == "a &amp; b")
    }

    /// The templates that show a text from outside, those that are parts of others too.
    @Test func everyTemplateEscapesByScalars() throws {
        let templates = try Templates()
        for (name, text) in Templates.sources {
            var fields = TemplateContext()
            for match in text.matches(of: #/{{[#^]?([A-Za-z]+)}}/#) {
                fields[String(match.output.1)] = Self.hostile.joined()
            }
            // The only markup that comes from a field is the description of the API, made of a file that is built in.
            let raw = text.matches(of: #/{{{ *([A-Za-z]+) *}}}|{{ *&/#).map { $0.output.1.map(String.init) }
            #expect(raw == (name == "api-docs" ? ["apiDescription"] : []), "\(name)")
            fields["apiDescription"] = ""
            let page = templates.render(name, fields)
            #expect(!page.unicodeScalars.containsSequence("<b".unicodeScalars + ["\u{600}"]), "\(name)")
            #expect(!page.unicodeScalars.containsSequence("\"\u{301}".unicodeScalars), "\(name)")
        }
    }
}

extension String.UnicodeScalarView {
    fileprivate func containsSequence(_ other: some Sequence<Unicode.Scalar>) -> Bool {
        let (all, part) = (Array(self), Array(other))
        return all.indices.contains { all[$0...].starts(with: part) }
    }
}
