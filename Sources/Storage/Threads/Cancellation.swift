internal import Synchronization

/// Lets work on a thread of its own end early, because nobody waits for its result any more. Long loops look at it where they read:
/// `Cancellation.check()`, every few hundred records.
public final class Cancellation: Sendable {
    /// Thrown by what was cancelled, to nobody: whoever asked was answered before.
    public struct Cancelled: Error {}

    /// That of the work on this thread; `nil` for what goes on to its end.
    @TaskLocal public static var current: Cancellation?

    private let flag = Atomic<Bool>(false)

    public init() {}

    public func cancel() { flag.store(true, ordering: .relaxed) }

    public func check() throws(Cancelled) { if flag.load(ordering: .relaxed) { throw Cancelled() } }

    public static func check() throws(Cancelled) { try current?.check() }

    /// Runs what must go on to its end once it has begun: what it has done so far would be lost, and the next to ask would begin anew.
    public static func shielded<R>(_ body: () throws -> R) rethrows -> R { try $current.withValue(nil) { try body() } }
}
