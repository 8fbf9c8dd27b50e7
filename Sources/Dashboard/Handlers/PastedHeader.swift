internal import Bytes
internal import Foundation

/// The text that a user pasted from a request that failed: a header line, several lines, a part of a curl command, or just a
/// key.
struct PastedHeader: Equatable {
    /// The text that was probably meant as the key.
    let secret: String?
    /// What is wrong with the form of the header.
    let problem: String?

    private init(secret: String?, problem: String?) {
        self.secret = secret
        self.problem = problem
    }

    private static let expected = "Send it as Authorization: Bearer, then a space, then the key; or as X-API-Key: and the key."

    init(_ text: String) {
        let lines = text.split(whereSeparator: \.isNewline).map { Self.line(String($0)) }.filter { !$0.isEmpty }
        let headers = lines.compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (String(line[..<colon]).trimmingWhiteSpace.lowercased(), String(line[line.index(after: colon)...]).trimmingWhiteSpace)
        }
        let known = headers.filter { ["authorization", "x-api-key"].contains($0.name) }
        if known.count > 1 {
            self.init(secret: known.first.flatMap { Self.key(in: $0.value) }, problem: "There are two keys in the request. Send one.")
        } else if let header = known.first {
            self.init(name: header.name, value: header.value)
        } else if let header = headers.first {
            self.init(
                secret: Self.key(in: header.value), problem: "The header has another name than expected. " + Self.expected)
        } else if let line = lines.first {
            self.init(bare: line)
        } else {
            self.init(secret: nil, problem: "It is empty. " + Self.expected)
        }
    }

    private init(name: String, value: String) {
        let words = value.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard let first = words.first else {
            self.init(secret: nil, problem: "There is nothing after the colon. " + Self.expected)
            return
        }
        if name == "x-api-key" {
            if words.count == 2, first.lowercased() == "bearer" {
                self.init(secret: words[1], problem: "X-API-Key takes the key alone, without Bearer.")
            } else {
                self.init(secret: value, problem: nil)
            }
            return
        }
        switch (first.lowercased(), words.count) {
        case ("bearer", 2): self.init(secret: words[1], problem: nil)
        case ("bearer", 1): self.init(secret: nil, problem: "There is no key after Bearer. " + Self.expected)
        case ("bearer", _): self.init(secret: words.dropFirst().joined(separator: " "), problem: "There is a space within the key.")
        case ("basic", _):
            self.init(secret: nil, problem: "The scheme is Basic, which is for names and passwords. " + Self.expected)
        case (_, 1): self.init(secret: first, problem: "The word Bearer is missing before the key. " + Self.expected)
        default: self.init(secret: words.last, problem: "The scheme before the key is not Bearer. " + Self.expected)
        }
    }

    private init(bare line: String) {
        let words = line.split(separator: " ").map(String.init)
        if words.count == 2, words[0].lowercased() == "bearer" {
            self.init(secret: words[1], problem: "The name of the header is missing. " + Self.expected)
        } else if words.count == 1 {
            self.init(secret: words[0], problem: "This is a key without a header. " + Self.expected)
        } else {
            self.init(secret: nil, problem: "This is no header with a key. " + Self.expected)
        }
    }

    /// Removes what a command line puts around a header.
    private static func line(_ text: String) -> String {
        var line = text.trimmingWhiteSpace
        if let start = line.range(of: "-H ") ?? line.range(of: "--header ") { line = String(line[start.upperBound...]).trimmingWhiteSpace }
        if let quote = line.first, quote == "'" || quote == "\"" {
            line.removeFirst()
            if let end = line.firstIndex(of: quote) { line = String(line[..<end]) }
        }
        if line.hasSuffix("\\") { line.removeLast() }
        return line.trimmingWhiteSpace
    }

    private static func key(in value: String) -> String? { value.split(separator: " ").last.map(String.init) }
}
