internal import Foundation

/// A key on standard input: an argument could be seen by others.
enum SecretInput {
    private static let mostEmptyLines = 100

    /// One line; its end does not belong to the key. A terminal does not show it. Throws `WrongUse` where there is none, and where more
    /// than empty lines follow: then nobody knows which line was meant.
    static func read() throws -> String {
        let isTerminal = isatty(STDIN_FILENO) == 1
        let line = HiddenInput.during {
            if isTerminal { Terminal.error("Paste the key and press return; it is not shown:") }
            return readLine(strippingNewline: true)
        }
        guard var line else { throw WrongUse("No key came on standard input.") }
        if line.last == "\r" { line.removeLast() }
        // What else is typed is for whoever reads the terminal next.
        if !isTerminal { try refuseMore() }
        return line
    }

    private static func refuseMore() throws {
        var emptyLines = 0
        while let line = readLine(strippingNewline: true) {
            emptyLines += 1
            guard line.allSatisfy(\.isWhitespace), emptyLines <= mostEmptyLines else {
                throw WrongUse("Standard input holds more than one line, and a key is one; nothing was done.")
            }
        }
    }
}
