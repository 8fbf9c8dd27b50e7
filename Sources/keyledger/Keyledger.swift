internal import ArgumentParser

/// The root command: it parses arguments and runs a subcommand, which determines the exit code.
struct Keyledger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keyledger",
        abstract: "API keys whose whole history can be replayed and proved.",
        discussion: """
            Exit codes: 0 done; 1 the answer is no (a key is denied, a check found differences); 2 wrong use; \
            3 the data is damaged or unavailable.
            """,
        version: "1.0.0",
        subcommands: [
            Init.self, Serve.self, Keys.self, Verify.self, Usage.self, Log.self, AuditCommands.self, Replay.self, Doctor.self,
            DoctorExamination.self,
            Accounts.self,
        ])
}
