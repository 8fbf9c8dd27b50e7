internal import ArgumentParser

/// A command, and those that lead to it.
struct CommandPath {
    private let commands: [any ParsableCommand.Type]

    init(_ root: any ParsableCommand.Type = Keyledger.self) { commands = [root] }

    private init(commands: [any ParsableCommand.Type]) { self.commands = commands }

    /// The command that arguments begin with, and what follows it.
    static func read(_ arguments: ArraySlice<String>) -> (path: CommandPath, rest: ArraySlice<String>) {
        var (path, rest) = (CommandPath(), arguments)
        while let word = rest.first, let child = path.child(word) {
            path = child
            rest = rest.dropFirst()
        }
        return (path, rest)
    }

    private var command: any ParsableCommand.Type { commands[commands.count - 1] }

    var name: String { command._commandName }

    /// As it is typed: `keyledger keys list`.
    var text: String { commands.map { $0._commandName }.joined(separator: " ") }

    /// Those that help shows.
    var children: [CommandPath] {
        command.configuration.subcommands.filter { $0.configuration.shouldDisplay }.map { CommandPath(commands: commands + [$0]) }
    }

    func child(_ name: String) -> CommandPath? { children.first { $0.name == name } }

    /// All below it, those of one folder after those of the other.
    var descendants: [CommandPath] { children.flatMap { [$0] + $0.descendants } }

    /// The options of the command, or of the one that is meant where none of its subcommands is named, as help lists them: with two
    /// dashes, and whether a value follows.
    var options: [String: Bool] {
        let meant = command.configuration.defaultSubcommand ?? command
        // As wide as need be: what an option is for stands in the same line or, folded, further in.
        let help = Keyledger.helpMessage(for: meant, includeHidden: false, columns: 1000)
        var options: [String: Bool] = [:]
        for line in help.split(separator: "\n") where line.hasPrefix("  -") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            let takesValue = words.dropFirst().first?.hasPrefix("<") ?? false
            for word in words.prefix(2) where word.hasPrefix("--") { options[String(word)] = takesValue }
        }
        return options
    }
}
