internal import ArgumentParser

struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the log, sign it, and take it elsewhere.",
        subcommands: [
            LogShow.self, LogFollow.self, LogCheckpoint.self, LogKey.self, LogWitness.self, LogCosign.self, LogExport.self, LogImport.self,
            LogFork.self, LogClock.self,
        ], defaultSubcommand: LogShow.self)
}
