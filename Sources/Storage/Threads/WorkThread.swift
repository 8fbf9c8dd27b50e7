internal import Glibc
internal import Synchronization

/// A thread of the system for work that blocks or computes for long. It is the only type that starts threads: Swift's cooperative
/// pool has one thread per core, there are as few event loops, and work that blocks one of them stops everything that shares it.
public final class WorkThread: Sendable {
    /// The system did not provide a thread.
    public struct Missing: Error, CustomStringConvertible {
        /// The reason that the system gave.
        public let description: String
    }

    private let running = Mutex<pthread_t?>(nil)

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: The name of the thread, of which the system's tools show the first 15 bytes.
    ///   - niceness: The niceness of the thread, 0 to 19, by which it gets a processor later than the other threads of the
    ///     process (nice(2), which on Linux applies to a thread).
    ///   - body: The work of the thread.
    /// - Throws: `Missing` where the system did not provide a thread.
    public init(_ name: String, niceness: Int32 = 0, _ body: @escaping @Sendable () -> Void) throws(Missing) {
        let work = Work {
            Self.show(name)
            // A thread that may not lower its priority works with that of the others.
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

    /// Waits until the thread has ended and has released everything that its work had acquired.
    public func join() {
        running.withLock { thread in
            if let thread { pthread_join(thread, nil) }
            thread = nil
        }
    }

    /// Returns the result of work that is rare and may take long, for callers that must not block. The work gets a thread of its
    /// own.
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

    /// Sets the name of the thread. Where the system does not support that, the thread has none.
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
