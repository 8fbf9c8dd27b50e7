internal import Foundation

/// Reads a key from standard input, because other users could see an argument.
enum SecretInput {
    private static let maxEmptyLines = 100

    /// Reads one line, without its line break. A terminal does not show it. Throws `UsageError` when there is no line, and when
    /// more than empty lines follow: then it is not clear which line was meant.
    static func read() throws -> String {
        let isTerminal = isatty(STDIN_FILENO) == 1
        let line = HiddenInput.during {
            if isTerminal { Terminal.error("Paste the key and press return; it is not shown:") }
            return readLine(strippingNewline: true)
        }
        guard var line else { throw UsageError("No key came on standard input.") }
        if line.last == "\r" { line.removeLast() }
        // Further input on a terminal is for the program that reads it next.
        if !isTerminal { try refuseMore() }
        return line
    }

    private static func refuseMore() throws {
        var emptyLines = 0
        while let line = readLine(strippingNewline: true) {
            emptyLines += 1
            guard line.allSatisfy(\.isWhitespace), emptyLines <= maxEmptyLines else {
                throw UsageError("Standard input holds more than one line, and a key is one; nothing was done.")
            }
        }
    }
}
