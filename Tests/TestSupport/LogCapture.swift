public import Logging
internal import Synchronization

/// Keeps every line that is logged, at every level, with its metadata.
public final class LogCapture: Sendable {
    private let captured = Mutex<[String]>([])

    /// Creates a capture without lines.
    public init() {}

    /// The lines that were logged so far.
    public var lines: [String] { captured.withLock { $0 } }

    /// A logger whose lines are kept, at every level.
    public var logger: Logger { Logger(label: "test") { _ in Handler(capture: self) } }

    /// A logger whose lines are kept, without those that are logged for each call.
    public var quietLogger: Logger {
        var logger = logger
        logger.logLevel = .info
        return logger
    }

    private struct Handler: LogHandler {
        let capture: LogCapture
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        init(capture: LogCapture) { self.capture = capture }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            capture.captured.withLock { $0.append("\(event.level) \(event.message) \(all)") }
        }
    }
}
