internal import ArgumentParser
internal import Foundation
internal import Ledger

/// The options that most commands share: the data folder, and the format of the output.
struct DataOptions: ParsableArguments {
    @OptionGroup var place: FolderOptions

    @Flag(help: "Answer as JSON, for scripts.")
    var json = false

    var folder: DataFolder {
        get throws { try place.folder }
    }

    /// Opens the ledger while `body` runs, and records everything before it returns.
    func withLedger<R>(_ options: Ledger.Options? = nil, _ body: (Ledger) async throws -> R) async throws -> R {
        try await place.withLedger(options ?? Ledger.Options(report: { Terminal.error("keyledger: \($0)") }), body)
    }
}

struct FolderOptions: ParsableArguments {
    @Option(help: "The data folder. Default: the environment variable KEYLEDGER_DATA.")
    var data: String?

    var folder: DataFolder {
        get throws {
            guard let path = data ?? ProcessInfo.processInfo.environment["KEYLEDGER_DATA"], !path.isEmpty else {
                throw UsageError("Name the data folder: --data FOLDER, or set KEYLEDGER_DATA.")
            }
            return DataFolder(path: path)
        }
    }

    func withLedger<R>(_ options: Ledger.Options, _ body: (Ledger) async throws -> R) async throws -> R {
        let ledger = try Ledger.open(folder, options: options)
        defer { ledger.close() }
        return try await body(ledger)
    }
}
