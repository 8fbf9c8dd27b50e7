internal import Logging
internal import Synchronization

/// The lines that say where a server answers. They are written when every listener is bound, and not at all when one cannot be:
/// whoever waits for them may then call each address.
final class AddressAnnouncement: Sendable {
    private let log: Logger
    /// The lines of each listener; `nil` until it is bound.
    private let lines: Mutex<[[String]?]>

    init(listeners: Int, _ log: Logger) {
        self.log = log
        lines = Mutex(Array(repeating: nil, count: listeners))
    }

    /// Notes that a listener is bound, with the lines about it. The last one causes the lines of all to be written, in the order of
    /// the listeners.
    func note(_ words: [String], of listener: Int) {
        let all = lines.withLock { lines in
            lines[listener] = words
            let known = lines.compactMap(\.self)
            return known.count == lines.count ? known.flatMap(\.self) : nil
        }
        guard let all else { return }
        do throws(OutputError) {
            try Terminal.writeResult(all.joined(separator: "\n"))
        } catch {
            // The service answers all the same.
            log.warning("Where the service answers could not be written to standard output: \(error.problem)")
        }
    }
}
