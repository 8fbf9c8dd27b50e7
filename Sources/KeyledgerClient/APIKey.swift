internal import Bytes
internal import FoundationEssentials

/// The secret of an API key, as a client sends it. Printing, describing or reflecting a value of this type never shows the
/// secret; only `reveal()` returns it.
public struct APIKey: Hashable, Sendable {
    private let secret: String

    /// Wraps the text of a key. The text is not checked: the verdict on a mistyped key is `MALFORMED`.
    ///
    /// - Parameter secret: The whole key, without white space around it.
    public init(_ secret: String) { self.secret = secret }

    /// Reads a key from a file. The file should be readable by its owner alone.
    ///
    /// - Parameter path: The path of a UTF-8 text file that holds one key; white space around the key is ignored.
    /// - Throws: `FileError` when the file cannot be read, or does not hold exactly one word.
    public init(contentsOfFile path: String) throws(FileError) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw FileError(path: path, problem: "cannot be read") }
        let lines = text.split(whereSeparator: \.isWhitespace)
        guard let line = lines.first, lines.count == 1 else { throw FileError(path: path, problem: "does not hold exactly one key") }
        secret = String(line)
    }

    /// Whether a text contains something that looks like a key: `prefix_environment_` followed by 49 letters and digits. A
    /// service checks with it what it stores or shows, so that no key is stored or shown by mistake. Up to three layers of
    /// percent-encoding are undone.
    ///
    /// - Parameter text: Any text, such as a URL or a field of a request.
    /// - Returns: `true` when the text, or one of its percent-decoded forms, contains such a sequence.
    public static func isHeld(in text: some StringProtocol) -> Bool {
        var bytes = Array(text.utf8)
        for _ in 0..<4 {
            if hasKey(bytes) { return true }
            guard bytes.contains(UInt8(ascii: "%")) else { return false }
            bytes = percentDecoded(bytes)
        }
        return false
    }

    /// Decodes one layer of percent-encoding. A percent sign that does not begin an encoded byte stays as it is.
    private static func percentDecoded(_ bytes: [UInt8]) -> [UInt8] {
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let byte = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                decoded.append(byte)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return decoded
    }

    private static func hasKey(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 4 + randomCharacters else { return false }
        let parts = bytes.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        return parts.indices.dropFirst(2).contains { index in
            // Other characters may stand before the prefix and behind the last character of the key, but not inside the key.
            parts[index].prefix(while: \.isASCIILetterOrDigit).count == randomCharacters
                && (1...16).contains(parts[index - 1].count) && parts[index - 1].allSatisfy(\.isASCIILetterOrDigit)
                && parts[index - 2].last?.isASCIILetterOrDigit ?? false
        }
    }

    /// The number of characters behind the environment, including those of the checksum.
    private static let randomCharacters = 49

    /// Returns the secret as plain text.
    ///
    /// - Returns: The whole key. Write it into a request, and nowhere else: not into a log, an error or a URL.
    public func reveal() -> String { secret }

    /// The error of `init(contentsOfFile:)`: a file could not be read, or does not hold exactly one key.
    public struct FileError: Error, CustomStringConvertible {
        /// The path of the file, as it was passed to the initializer.
        public let path: String
        let problem: String

        /// One sentence that names the file and the problem. It holds nothing of the file's contents.
        public var description: String { "The file \(path) \(problem)." }
    }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// A placeholder that is the same for every key.
    public var description: String { "(an API key)" }
    /// The same placeholder as `description`.
    public var debugDescription: String { description }
    /// A mirror without children, so that `dump` and reflection show nothing of the secret.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
