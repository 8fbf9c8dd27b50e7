internal import Foundation

/// Reads a key from standard input, because other users could see an argument.
enum SecretInput {
    private static let maxEmptyLines = 100
    /// The maximum number of bytes of a line, which is more than any key has.
    private static let maxBytes = 1 << 20

    /// Reads one line, without its line break. A terminal does not show it. Throws `UsageError` when there is no line, when it is longer
    /// than any key, when what is read is no file, and when more than empty lines follow: then it is not clear which line was meant.
    static func read() throws -> String {
        let isTerminal = isatty(STDIN_FILENO) == 1
        let (line, readError) = HiddenInput.during { () -> (String?, Int32) in
            if isTerminal { Terminal.error("Paste the key and press return; it is not shown:") }
            return Self.line()
        }
        if readError == EISDIR { throw UsageError("Standard input is a folder, and no key.") }
        guard var line else { throw UsageError("No key came on standard input.") }
        guard line.utf8.count < maxBytes else { throw UsageError("Standard input holds more than a key; nothing was done.") }
        if line.last == "\r" { line.removeLast() }
        // Further input on a terminal is for the program that reads it next.
        if !isTerminal { try refuseMore() }
        return line
    }

    /// Reads a line of at most `maxBytes`; a longer one is cut, and the rest of it is left unread.
    private static func line() -> (line: String?, error: Int32) {
        var bytes: [UInt8] = []
        while bytes.count < maxBytes {
            var byte: UInt8 = 0
            let count = unsafe Foundation.read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else {
                return (bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self), count < 0 ? errno : 0)
            }
            if byte == UInt8(ascii: "\n") { break }
            bytes.append(byte)
        }
        return (String(decoding: bytes, as: UTF8.self), 0)
    }

    private static func refuseMore() throws {
        var emptyLines = 0
        while let line = line().line {
            emptyLines += 1
            guard line.allSatisfy(\.isWhitespace), emptyLines <= maxEmptyLines else {
                throw UsageError("Standard input holds more than one line, and a key is one; nothing was done.")
            }
        }
    }
}
