internal import Synchronization

/// A flag that any thread may set, once.
public final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    /// Whether the flag was set.
    public var isSet: Bool { value.load(ordering: .acquiring) }

    /// Creates a flag that is not set.
    public init() {}

    /// Sets the flag.
    public func set() { value.store(true, ordering: .releasing) }
}
