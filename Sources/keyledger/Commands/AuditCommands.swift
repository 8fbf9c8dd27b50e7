internal import ArgumentParser

struct AuditCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Check, prove and explain what the log says.",
        subcommands: [
            AuditVerify.self, AuditProve.self, AuditConsistency.self, AuditKey.self, AuditExplain.self, AuditLeak.self,
        ])
}
