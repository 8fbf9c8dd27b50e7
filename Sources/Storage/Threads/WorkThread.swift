internal import Glibc
internal import Synchronization

/// A thread of the system for work that blocks, or computes for long. The only place where threads begin: Swift's cooperative pool
/// has one thread a core, event loops are as few, and what blocks one of them stops everybody who shares it.
public final class WorkThread: Sendable {
    /// The system gave no thread.
    public struct Missing: Error, CustomStringConvertible {
        public let description: String
    }

    private let running = Mutex<pthread_t?>(nil)

    /// Begins to run `body`. The system's tools show the first 15 bytes of the name. By its niceness, 0 to 19, it gets a processor later
    /// than the process's other threads (nice(2), which on Linux is of a thread). Throws `Missing`.
    public init(_ name: String, niceness: Int32 = 0, _ body: @escaping @Sendable () -> Void) throws(Missing) {
        let work = Work {
            Self.show(name)
            // One that is not let have a lower priority works with that of the others.
            if niceness > 0 { _ = nice(niceness) }
            body()
        }
        let context = unsafe Unmanaged.passRetained(work).toOpaque()
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe Unmanaged<Work>.fromOpaque(context!).takeRetainedValue().body()
                return nil
            }, context)
        guard code == 0 else {
            unsafe Unmanaged<Work>.fromOpaque(context).release()
            throw Missing(description: unsafe String(cString: strerror(code)))
        }
        running.withLock { $0 = thread }
    }

    deinit { running.withLock { if let thread = $0 { pthread_detach(thread) } } }

    /// Returns once the thread has ended and let go of all that its work held.
    public func join() {
        running.withLock { thread in
            if let thread { pthread_join(thread, nil) }
            thread = nil
        }
    }

    /// The result of work that is rare and may take long, for callers that must not block: it has a thread of its own.
    public static func result<R: Sendable>(
        _ name: String, niceness: Int32 = 0, _ body: @escaping @Sendable () throws -> R
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            do {
                _ = try WorkThread(name, niceness: niceness) { continuation.resume(with: Result { try body() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Where the system has no place for it, the thread goes without a name.
    private static func show(_ name: String) {
        let file = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        let bytes = Array(name.utf8.prefix(15))
        _ = unsafe write(file, bytes, bytes.count)
        close(file)
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
