internal import ArgumentParser
internal import KeyEvents

/// The options that select events: a key, and where to begin.
struct LogOptions: ParsableArguments {
    @Option(help: "Only events of this key.")
    var key: String?

    @Option(help: "From this position, time or date (UTC) on.")
    var from: String?

    var keyID: KeyID? {
        get throws { try key.map { try KeyArgument.parse($0) } }
    }

    var start: LogBoundArgument? {
        get throws { try from.map { try LogBoundArgument($0, option: "--from", day: .first) } }
    }
}
