internal import Synchronization

/// Set once, by whichever thread.
public final class AsyncFlag: Sendable {
    private let value = Atomic<Bool>(false)

    public var isSet: Bool { value.load(ordering: .acquiring) }

    public init() {}

    public func set() { value.store(true, ordering: .releasing) }
}
