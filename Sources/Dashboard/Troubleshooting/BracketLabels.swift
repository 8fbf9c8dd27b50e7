internal import Bytes

/// The brackets that are open at a place of a program, with the names before them: a name in `params: { … }` belongs to the address.
struct BracketLabels {
    private var labels: [PastedRequest.Place?] = []
    private var depth = 0
    private var label: PastedRequest.Place?
    private static let maxLabels = 32

    /// Whether a list of headers for PHP's curl was begun.
    private(set) var isCurlList = false

    /// Whether a bracket is open.
    var isOpen: Bool { depth > 0 }

    /// The place in the request that a name here belongs to.
    var place: PastedRequest.Place { (labels.last { $0 != nil } ?? nil) ?? .header }

    mutating func note(name: String) {
        guard (2...18).contains(name.utf8.count) else { return }
        switch name.lowercased() {
        case "params", "query", "searchparams", "urlsearchparams", "qs": label = .query
        case "data", "json", "body", "payload", "form", "formdata", "post_fields", "curlopt_postfields": label = .body
        case "cookies", "cookie": label = .cookie
        case "curlopt_httpheader":
            label = .header
            isCurlList = true
        case "headers", "header", "request_headers": label = .header
        default: break
        }
    }

    mutating func read(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "("), UInt8(ascii: "["):
            depth += 1
            if labels.count < Self.maxLabels { labels.append(label) }
            label = nil
        case UInt8(ascii: "}"), UInt8(ascii: ")"), UInt8(ascii: "]"):
            if depth > 0 { depth -= 1 }
            if depth < labels.count { labels.removeLast() }
            label = nil
        case UInt8(ascii: ","), UInt8(ascii: ";"): label = nil
        default: break
        }
    }
}
