internal import Synchronization

/// Lets work on a thread of its own end early, because no one waits for its result any more. Long loops check it where they read,
/// every few hundred records, by `Cancellation.check()`.
public final class Cancellation: Sendable {
    /// The error of cancelled work. Its result is not needed: the caller has its response already.
    public struct Cancelled: Error {}

    /// The cancellation of the work on this thread; `nil` for work that goes on to its end.
    @TaskLocal public static var current: Cancellation?

    private let flag = Atomic<Bool>(false)

    /// Creates a cancellation that has not happened.
    public init() {}

    /// Cancels the work.
    public func cancel() { flag.store(true, ordering: .relaxed) }

    /// Throws where the work was cancelled.
    public func check() throws(Cancelled) { if flag.load(ordering: .relaxed) { throw Cancelled() } }

    /// Throws where the work on this thread was cancelled.
    public static func check() throws(Cancelled) { try current?.check() }

    /// Runs work that must go on to its end once it has begun: its progress would be lost otherwise, and the next caller would
    /// begin again.
    public static func shielded<R>(_ body: () throws -> R) rethrows -> R { try $current.withValue(nil) { try body() } }
}
