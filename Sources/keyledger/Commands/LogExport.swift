internal import ArgumentParser
internal import EventLog
internal import Foundation
internal import KeyService

struct LogExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "export", abstract: "Write the log, or a part of it, to a file.")

    @OptionGroup var options: DataOptions

    @Option var format = "bundle"
    @Option var out: String?
    @Option var from: UInt64?
    @Option var to: UInt64?
    @Option var account: String?
    @Option var key: String?

    func run() async throws {
        let filter = try ExportFilter(
            from: from, to: to, account: Fields.account(account), key: key.map { try KeyArgument.parse($0) })
        try await options.withLedger { ledger in
            let bar = ProgressBar(unit: "records")
            let handle: FileHandle
            if let out {
                _ = FileManager.default.createFile(atPath: out, contents: nil)
                handle = FileHandle(forWritingAtPath: out)!
            } else {
                handle = .standardOutput
            }
            try ledger.exportBundle(filter, progress: { bar.update($0, of: $1) }) { try handle.write(contentsOf: $0) }
            bar.finish()
        }
    }
}
