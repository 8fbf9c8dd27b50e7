internal import ArgumentParser

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check, prove and explain what the log says.",
        subcommands: [
            AuditVerify.self, AuditProve.self, AuditConsistency.self, AuditKey.self, AuditExplain.self, AuditLeak.self,
        ])
}
