internal import Foundation

/// Removes the unfinished file of an export that is interrupted by a signal.
enum SignalCleanup {
    // The path is set before the handler is installed; the handler only reads it.
    nonisolated(unsafe) private static var path: UnsafeMutablePointer<CChar>?

    /// Sets the file to remove when the process is asked to stop; `nil` when there is none any more.
    static func remove(_ path: String?) {
        let signals = [SIGINT, SIGTERM, SIGHUP, SIGPIPE]
        for number in signals { signal(number, SIG_DFL) }
        unsafe free(Self.path)
        unsafe Self.path = nil
        guard let path else { return }
        unsafe Self.path = strdup(path)
        for number in signals {
            signal(number) { number in
                // The handler calls only functions that are safe in a signal handler.
                if let path = unsafe SignalCleanup.path { _ = unsafe unlink(path) }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }
}
