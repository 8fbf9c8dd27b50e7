internal import Foundation
internal import KeyEvents

/// Rejects arguments that contain a key's secret, which other users could see and messages would repeat, and arguments that are
/// not text.
enum ArgumentCheck {
    static func check(_ arguments: [String]) throws {
        // Swift replaces bytes that are not UTF-8 by a replacement character, which would be stored as if it had been meant.
        for argument in arguments where argument.unicodeScalars.contains("\u{FFFD}") {
            throw UsageError("An argument is not UTF-8 text; nothing was done.")
        }
        for argument in arguments { try refuseSecret(in: argument, "An argument") }
        if let folder = ProcessInfo.processInfo.environment["KEYLEDGER_DATA"] {
            try refuseSecret(in: folder, "The environment variable KEYLEDGER_DATA")
        }
    }

    private static func refuseSecret(in text: String, _ place: String) throws {
        guard let secret = MisplacedSecret(in: text) else { return }
        throw UsageError(
            "\(place) holds a key's secret (\(secret.hint)); nothing was done. Commands take ids, such as key_ and 32 hexadecimal"
                + " digits, and read secrets from standard input only: keyledger verify < FILE. The secret stands in this shell's"
                + " history now: if it is real, find its id with keyledger keys list, revoke it and create another.")
    }
}
