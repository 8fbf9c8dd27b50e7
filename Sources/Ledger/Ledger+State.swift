package import KeyEvents
internal import Projections
internal import Storage

extension Ledger {
    /// The key's state, whichever account it belongs to; `nil` where there is no such key.
    package func key(_ id: KeyID) throws -> KeyState? {
        try environment.read { transaction in try StateView(stateTables, transaction).store.key(id, transaction) }
    }

    /// The number of the state tables in force; `nil` where it cannot be read.
    var stateSet: Int? { try? environment.read { try stateTables.currentNumber($0) } }

    /// Runs `body` and remembers an error that shows damage, for the readiness check.
    func noting<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch {
            standing.note(error, stateSet: stateSet)
            throw error
        }
    }

    /// Waits until everything accepted so far is recorded, or deferred because there is no space.
    func flush() async throws {
        try await withCheckedThrowingContinuation { continuation in writer.enqueue(FlushJob(continuation)) }
    }
}
