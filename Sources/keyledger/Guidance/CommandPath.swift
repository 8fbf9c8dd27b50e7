internal import ArgumentParser

/// A command together with its parent commands.
struct CommandPath {
    private let commands: [any ParsableCommand.Type]

    init(_ root: any ParsableCommand.Type = Keyledger.self) { commands = [root] }

    private init(commands: [any ParsableCommand.Type]) { self.commands = commands }

    /// Returns the command that arguments begin with, and the arguments that follow it.
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

    /// The command as it is typed, such as `keyledger keys list`.
    var text: String { commands.map { $0._commandName }.joined(separator: " ") }

    /// The subcommands that the help shows.
    var children: [CommandPath] {
        command.configuration.subcommands.filter { $0.configuration.shouldDisplay }.map { CommandPath(commands: commands + [$0]) }
    }

    func child(_ name: String) -> CommandPath? { children.first { $0.name == name } }

    /// All commands below this one; those of one subcommand come before those of the next.
    var descendants: [CommandPath] { children.flatMap { [$0] + $0.descendants } }

    /// The options of the command, or of its default subcommand, as the help lists them: the name with two dashes, and whether
    /// a value follows.
    var options: [String: Bool] {
        let meant = command.configuration.defaultSubcommand ?? command
        // The help is very wide: an option's description is on the option's line or, when folded, indented further.
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
