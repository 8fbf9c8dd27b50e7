internal import ArgumentParser

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look into what the log says: why something was decided, and what came of a leaked key.",
        subcommands: [AuditExplain.self, AuditLeak.self])
}
