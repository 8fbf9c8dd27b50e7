internal import Synchronization

/// What the modules above keep beside an open ledger, one value of each type, made when it is first asked for: the ledger knows nothing of
/// queries, and their caches live as long as it does.
package final class AttachedValues: Sendable {
    private let values = Mutex<[ObjectIdentifier: any Sendable]>([:])

    /// The value of a type.
    ///
    /// - Parameters:
    ///   - type: The type that the value is kept under.
    ///   - make: Makes the value where there is none yet. It must be quick: other callers wait for it.
    /// - Returns: The value that was made first.
    package func value<Value: Sendable>(_ type: Value.Type = Value.self, make: () -> Value) -> Value {
        values.withLock { values in
            if let value = values[ObjectIdentifier(type)] as? Value { return value }
            let value = make()
            values[ObjectIdentifier(type)] = value
            return value
        }
    }
}
