internal import KeyEvents

/// A key's secret among the arguments, where others could see it, and where messages would repeat it.
enum MisplacedSecret {
    static func check(_ arguments: [String]) throws {
        for argument in arguments {
            for word in argument.split(whereSeparator: { !isPart($0) }) {
                guard let hint = hint(word) else { continue }
                throw WrongUse(
                    "An argument holds a key's secret (\(hint)); nothing was done. Commands take ids, such as key_ and 32 hexadecimal"
                        + " digits, and read secrets from standard input only: keyledger verify < FILE. The secret stands in this shell's"
                        + " history now: if it is real, find its id with keyledger keys list, revoke it and create another.")
            }
        }
    }

    /// What may be shown of a secret; `nil` for a word that is none.
    private static func hint(_ word: Substring) -> String? {
        let bytes = Array(word.utf8)
        if SecretFormat.isWellFormed(bytes.span, prefix: nil) { return SecretFormat.hint(of: Secret(String(word))) }
        // Mistyped or cut short. What people name things by is hardly ever as long and as mixed.
        let parts = word.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.prefix(2).allSatisfy({ KeyEnvironment.isValid(String($0)) }), parts[2].utf8.count >= 20,
            parts[2].contains(where: \.isUppercase), parts[2].contains(where: \.isLowercase), parts[2].contains(where: \.isNumber)
        else { return nil }
        return "\(parts[0])_\(parts[1])_…"
    }

    private static func isPart(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }
}
