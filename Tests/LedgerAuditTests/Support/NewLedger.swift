import KeyEvents
import Ledger
import Storage
import TestSupport

/// A ledger in a folder of its own, open while a test runs.
enum NewLedger {
    /// Runs `body` with a ledger that was just made.
    static func with<Result>(_ body: (Ledger) async throws -> Result) async throws -> Result {
        let folder = try TemporaryFolder()
        return try await LedgerSlots.withSlot {
            let options = Ledger.Options(storage: .init(mapSize: 1 << 20, maxMapSize: 1 << 32))
            let ledger = try Ledger.create(at: DataFolder(path: folder.path + "/data"), prefix: "lhql", options: options)
            defer { ledger.close() }
            return try await body(ledger)
        }
    }
}

extension Ledger {
    /// Makes a key whose name is sealed with the data key of its account.
    func makeKey(_ account: AccountID? = nil) async throws {
        _ = try await commands.createKey(CreateKey(name: "Ada", account: account), by: .commandLine)
    }
}
