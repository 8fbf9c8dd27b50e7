internal import Foundation

enum Terminal {
    static var isOutputTerminal: Bool { isatty(1) == 1 }
    static var isErrorTerminal: Bool { isatty(2) == 1 }

    static func error(_ words: String) { FileHandle.standardError.write(Data((words + "\n").utf8)) }

    /// Written at once, also into a pipe.
    static func line(_ words: String) { FileHandle.standardOutput.write(Data((words + "\n").utf8)) }

    /// What comes from outside, with nothing in it that a terminal would obey.
    static func harmless(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "\u{FFFD}" : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}
