internal import Foundation

/// A key on standard input: an argument could be seen by others.
enum SecretInput {
    /// One line; its end does not belong to the key. A terminal does not show it.
    static func read() throws -> String {
        let line = HiddenInput.during {
            if isatty(STDIN_FILENO) == 1 { Terminal.error("Paste the key and press return; it is not shown:") }
            return readLine(strippingNewline: true)
        }
        guard var line else { throw WrongUse("No key came on standard input.") }
        if line.last == "\r" { line.removeLast() }
        return line
    }
}
