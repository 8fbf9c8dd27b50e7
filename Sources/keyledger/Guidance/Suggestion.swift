/// Suggests the command, or the option, that was probably meant by an unknown one.
enum Suggestion {
    /// The names that other programs use for the same commands.
    private static let otherNames = [
        "ls": "list", "add": "create", "new": "create", "make": "create", "rm": "revoke", "delete": "revoke", "remove": "revoke",
        "get": "show",
        "info": "show", "edit": "change", "update": "change", "set": "change", "roll": "rotate", "tail": "follow", "backup": "export",
        "restore": "import", "check": "verify",
    ]

    /// Returns a sentence with the suggestion; `nil` when no name is near. `arguments` do not contain the name of the program.
    static func words(for arguments: ArraySlice<String>) -> String? { meant(arguments).map { "Did you mean '\($0)'?" } }

    /// Inserts the suggestion behind the first line of the parser's message, in the place of the parser's own.
    static func message(_ message: String, with suggestion: String) -> String {
        var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let first = lines.first else { return suggestion }
        let said = first.split(separator: ". Did you mean", maxSplits: 1).first.map(String.init) ?? first
        lines[0] = said + (said.hasSuffix(".") ? " " : ". ") + suggestion
        return lines.joined(separator: "\n")
    }

    private static func meant(_ arguments: ArraySlice<String>) -> String? {
        let (path, rest) = CommandPath.read(arguments)
        if let word = rest.first, !word.hasPrefix("-"), !path.children.isEmpty {
            return word == "help" ? nil : command(word, followedBy: rest.dropFirst().first, below: path)?.text
        }
        return option(in: rest, of: path)
    }

    /// Returns the nearest command: first among the subcommands of `path`, then anywhere below it.
    private static func command(_ word: String, followedBy next: String?, below path: CommandPath) -> CommandPath? {
        let word = otherNames[word] ?? word
        if let child = path.child(word) ?? NearestName.to(word, among: path.children.map(\.name)).flatMap(path.child) {
            guard let next, !next.hasPrefix("-"), !child.children.isEmpty else { return child }
            return child.child(next) ?? command(next, followedBy: nil, below: child) ?? child
        }
        let deeper = path.descendants
        return deeper.first { $0.name == word }
            ?? NearestName.to(word, among: deeper.map(\.name)).flatMap { name in deeper.first { $0.name == name } }
    }

    /// Returns a suggestion for the first unknown option.
    private static func option(in arguments: ArraySlice<String>, of path: CommandPath) -> String? {
        let known = path.options
        var rest = arguments
        while let word = rest.popFirst(), word != "--" {
            guard word.hasPrefix("-"), word.count > 2, Int(word) == nil else { continue }
            let name = word.prefix { $0 != "=" }
            if let takesValue = known[String(name)] {
                // The next argument is the option's value, whatever it looks like.
                if takesValue, name == word { rest = rest.dropFirst() }
                continue
            }
            return option(String(name.drop { $0 == "-" }), of: path, known)
        }
        return nil
    }

    private static func option(_ name: String, of path: CommandPath, _ known: [String: Bool]) -> String? {
        if let option = nearest(name, in: known) { return option }
        // The option was written before the command that it belongs to.
        for child in path.descendants { if let option = nearest(name, in: child.options) { return child.text + " " + option } }
        return nil
    }

    private static func nearest(_ name: String, in known: [String: Bool]) -> String? {
        if let option = FieldOption.name(of: name), known[option] != nil { return option }
        return NearestName.to(name, among: known.keys.sorted().map { String($0.dropFirst(2)) }).map { "--" + $0 }
    }
}
