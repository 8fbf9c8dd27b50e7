internal import Foundation

/// A key on standard input: an argument could be seen by others.
enum SecretInput {
    /// One line; its end does not belong to the key.
    static func read() throws -> String {
        if isatty(0) == 1 { Terminal.error("Paste the key and press return:") }
        guard var line = readLine(strippingNewline: true) else { throw WrongUse("No key came on standard input.") }
        if line.last == "\r" { line.removeLast() }
        return line
    }
}
