internal import ArgumentParser
internal import KeyEvents

/// The argument that names a key.
struct KeyArgument: ParsableArguments {
    @Argument(help: "The key's id: key_ and 32 hexadecimal digits.")
    var id: String

    var keyID: KeyID {
        get throws { try Self.parse(id) }
    }

    static func parse(_ text: String) throws -> KeyID {
        guard let id = KeyID(text) else {
            throw UsageError("That is no key id; ids look like key_ followed by 32 hexadecimal digits.")
        }
        return id
    }
}

/// The option of commands that may be sent twice.
struct RepeatOptions: ParsableArguments {
    @Option(
        help: """
            A name for this command; the same command with the same name is carried out once, within seven days. All commands that are \
            given here on the command line share one set of names, whatever they do and whoever runs them: the name of one command with \
            other content is refused.
            """)
    var commandId: String?
}

/// The option of commands that take a reason.
struct ReasonOption: ParsableArguments {
    @Option(help: "Why, in your words; recorded with it.")
    var reason: String?
}

enum ArgumentParsing {
    static func permissions(_ names: [String]) throws -> [Permission] {
        try names.map { name in
            guard let permission = Permission(rawValue: name) else {
                let known = Permission.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError("There is no such permission; there are \(known).")
            }
            return permission
        }
    }

    static func account(_ text: String?) throws -> AccountID? {
        try text.map { text in
            guard let account = AccountID(text) else {
                throw UsageError("That is no account id: 1 to 64 letters, digits or . _ : - @")
            }
            return account
        }
    }

    /// Parses pairs of the form `k=v`.
    static func metadata(_ pairs: [String]) throws -> [String: String] {
        var metadata: [String: String] = [:]
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw UsageError("Write metadata as key=value.") }
            guard metadata.updateValue(String(parts[1]), forKey: String(parts[0])) == nil else {
                throw UsageError("A name stands twice in the metadata, perhaps once composed and once decomposed (é); give each once.")
            }
        }
        return metadata
    }
}
