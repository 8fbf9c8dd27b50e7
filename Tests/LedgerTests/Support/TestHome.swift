import Foundation
import Glibc
import KeyEvents
import Projections
import Storage
import Synchronization
import TestSupport

@testable import Ledger

/// A data folder of the test's own, with a clock and randomness of its own. Removed at the end.
final class TestHome: Sendable {
    let folder: DataFolder
    let clock: TestClock
    let randomness: Randomness
    private let reported = Mutex<[String]>([])
    private let root: String
    private let snapshots: UsageSnapshots

    /// `snapshotBits`: small, so that a short log has many intervals.
    init(seed: UInt64, in parent: String? = nil, clock: TestClock = TestClock(), snapshotBits: Int = UsageSnapshots.defaultBits) {
        snapshots = UsageSnapshots(bits: snapshotBits)
        root = parent ?? FileManager.default.temporaryDirectory.path + "/keyledger-test-\(UUID().uuidString)"
        folder = DataFolder(path: root + "/data")
        self.clock = clock
        let generator = Mutex(SplitMix64(seed: seed))
        randomness = Randomness { generator.withLock { $0.next() } }
        try? FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// What the ledger told nobody in particular.
    var reports: [String] { reported.withLock { $0 } }

    func options(_ recording: UseRecording) -> Ledger.Options {
        var options = Ledger.Options(
            recording: recording, clock: clock.ledgerClock, randomness: randomness,
            storage: .init(mapSize: 1 << 20, maxMapSize: 1 << 32), report: { report in self.reported.withLock { $0.append(report) } })
        options.snapshots = snapshots
        return options
    }

    /// The ledger, made if there is none, open during `body`, closed after it, and released by the tasks that held it: what opens the
    /// files next, in whatever way, finds them free.
    func withLedger<Result>(
        _ recording: UseRecording = .durable, notice: (@Sendable (String) -> Void)? = nil, _ body: (Ledger) async throws -> Result
    ) async throws -> Result {
        try await LedgerSlots.withSlot {
            let opened = WeakEnvironment()
            let result: Swift.Result<Result, any Error>
            do { result = .success(try await withOpenLedger(recording, notice, opened, body)) } catch { result = .failure(error) }
            for _ in 0..<12_000 where opened.environment != nil { try? await Task.sleep(for: .milliseconds(5)) }
            return try result.get()
        }
    }

    private func withOpenLedger<Result>(
        _ recording: UseRecording, _ notice: (@Sendable (String) -> Void)?, _ opened: WeakEnvironment,
        _ body: (Ledger) async throws -> Result
    ) async throws -> Result {
        var options = options(recording)
        if let notice { options.notice = notice }
        let ledger = try await folder.holdsLedger ? open(recording) : Ledger.create(at: folder, prefix: "lhql", options: options)
        opened.environment = ledger.environment
        defer { ledger.close() }
        return try await body(ledger)
    }

    func open(_ recording: UseRecording = .durable) async throws -> Ledger {
        try await onceReleased { try Ledger.open(folder, options: options(recording)) }
    }

    /// Runs `body`, again and again while tasks still hold the ledger after it was closed. The waiting blocks no thread: where each thread
    /// of the cooperative pool waited so, those tasks would never end.
    func onceReleased<Value>(_ body: () throws -> Value) async throws -> Value {
        for _ in 0..<12_000 {
            do { return try body() } catch StorageError.alreadyOpen { try await Task.sleep(for: .milliseconds(5)) }
        }
        return try body()
    }

    /// Every file below the data folder.
    func files() -> [(path: String, bytes: [UInt8])] {
        guard let names = try? FileManager.default.subpathsOfDirectory(atPath: folder.path) else { return [] }
        return names.compactMap { name in
            FileManager.default.contents(atPath: folder.path + "/" + name).map { (name, Array($0)) }
        }
    }
}

/// The environment of a ledger for as long as something holds it.
private final class WeakEnvironment {
    weak var environment: Environment?
}
