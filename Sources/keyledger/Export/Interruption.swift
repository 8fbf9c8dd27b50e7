internal import Foundation

/// Whoever interrupts an export leaves nothing half-written behind.
enum Interruption {
    // Set before the handler is installed; the handler only reads it.
    nonisolated(unsafe) private static var path: UnsafeMutablePointer<CChar>?

    /// What to remove when the process is asked to stop; `nil`: nothing any more.
    static func remove(_ path: String?) {
        let signals = [SIGINT, SIGTERM, SIGHUP, SIGPIPE]
        for number in signals { signal(number, SIG_DFL) }
        unsafe free(Self.path)
        unsafe Self.path = nil
        guard let path else { return }
        unsafe Self.path = strdup(path)
        for number in signals {
            signal(number) { number in
                // Only what is safe in a signal handler.
                if let path = unsafe Interruption.path { _ = unsafe unlink(path) }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }
}
