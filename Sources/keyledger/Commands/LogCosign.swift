internal import ArgumentParser
internal import Bytes
internal import Foundation
internal import Ledger
internal import LedgerAPI
internal import LedgerAudit

struct LogCosign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cosign", abstract: "Keep what witnesses put under a checkpoint: read from a file, or from standard input.",
        discussion: """
            The checkpoint as it was signed here, with cosignature/v1 lines of known witnesses under it (C2SP tlog-cosignature); or the \
            lines alone, as a witness answers them (C2SP tlog-witness), which are taken to be of the newest checkpoint that they fit. \
            Lines of keys that are not known are passed over. One of a known witness that does not fit, or is dated more than five \
            minutes ahead of this machine's clock, refuses them all.
            """)

    @OptionGroup var options: DataOptions

    @Argument(help: "The file. Default: standard input.", completion: .file())
    var file: String?

    @Option(help: "The size of the checkpoint that lines alone are of. Default: the newest that they fit.")
    var size: UInt64?

    private struct Answer: Encodable {
        let size: UInt64
        let added: Int
        let ignored: [String]
    }

    /// The maximum number of bytes that are read from standard input, in which thousands of signatures have room.
    private static let maxBytes = 1 << 20

    func run() async throws {
        let content: Data
        if let file {
            guard let data = FileManager.default.contents(atPath: file) else { throw UsageError("\(file) cannot be read.") }
            content = data
        } else {
            content = try FileHandle.standardInput.read(upToCount: Self.maxBytes) ?? Data()
        }
        try await options.withLedger { ledger in
            let report = try ledger.audit.addCosignatures(String(decoding: content, as: UTF8.self), size: size)
            if options.json {
                return try Terminal.writeResult(JSON.string(Answer(size: report.size, added: report.added, ignored: report.ignored)))
            }
            let ignored = Set(report.ignored).sorted().joined(separator: ", ")
            try Terminal.writeResult(
                "\(report.added) new cosignature(s) of the checkpoint of \(report.size) records are kept."
                    + (ignored.isEmpty ? "" : " Passed over, since their keys are not known here: \(Terminal.sanitized(ignored))."))
        }
    }
}
