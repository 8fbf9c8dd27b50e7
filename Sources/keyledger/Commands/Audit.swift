internal import ArgumentParser

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check and prove what the log says.",
        subcommands: [AuditVerify.self, AuditProve.self, AuditConsistency.self, AuditKey.self])
}
