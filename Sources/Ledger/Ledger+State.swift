package import KeyEvents
internal import Projections
internal import Storage

extension Ledger {
    /// The key's state, whichever account it belongs to; `nil` where there is no such key.
    package func key(_ id: KeyID) throws -> KeyState? {
        try environment.read { transaction in try StateView(stateTables, transaction).store.key(id, transaction) }
    }

    /// Which state tables are in force; `nil` where that cannot be read.
    var stateSet: Int? { try? environment.read { try stateTables.currentNumber($0) } }

    /// Keeps damage in mind, for whoever asks whether the ledger is ready.
    func noting<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch {
            standing.note(error, stateSet: stateSet)
            throw error
        }
    }

    /// Returns when everything accepted so far is recorded, or was put off for want of space.
    func flush() async throws {
        try await unsafe withUnsafeThrowingContinuation { continuation in writer.enqueue(unsafe BarrierJob(continuation)) }
    }
}
