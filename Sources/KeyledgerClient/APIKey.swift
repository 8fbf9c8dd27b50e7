internal import FoundationEssentials

/// The secret of a key, as it is sent. Whatever prints or inspects it shows nothing of it.
public struct APIKey: Hashable, Sendable {
    private let secret: String

    public init(_ secret: String) { self.secret = secret }

    /// The only line of a file, which its owner alone should be able to read.
    public init(contentsOfFile path: String) throws(FileError) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw FileError(path: path, problem: "cannot be read") }
        let lines = text.split(whereSeparator: \.isWhitespace)
        guard let line = lines.first, lines.count == 1 else { throw FileError(path: path, problem: "does not hold exactly one key") }
        secret = String(line)
    }

    /// To be written into a request, and nowhere else.
    public func reveal() -> String { secret }

    /// A key could not be had from a file.
    public struct FileError: Error, CustomStringConvertible {
        public let path: String
        let problem: String

        public var description: String { "The file \(path) \(problem)." }
    }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "(an API key)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
