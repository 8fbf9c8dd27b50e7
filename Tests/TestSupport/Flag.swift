internal import Synchronization

/// Set once, by whichever thread, and seen by all.
public final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    public var isSet: Bool { value.load(ordering: .acquiring) }

    public init() {}

    public func set() { value.store(true, ordering: .releasing) }
}
