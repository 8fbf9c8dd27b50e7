internal import Mustache

/// The escaping of text in the pages: no scalar of a text becomes a part of the markup. Scalars are escaped one by one, since a
/// combining mark behind `"`, or a sign before `<`, makes another character of both (Unicode's extended grapheme clusters),
/// which browsers do not consider. The template library escapes by characters, so each template names this content type instead
/// (`Templates`).
struct MarkupText: MustacheContentType {
    static let name = "MARKUP"

    func escapeText(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        escaped.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
