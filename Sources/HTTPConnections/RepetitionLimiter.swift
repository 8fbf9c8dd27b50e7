public import Logging
internal import Synchronization

/// A log handler that keeps clients from filling the log. A message that repeats is written once, and then once a second with
/// the number of repetitions. At most a hundred different messages are written in that time; the number of messages left out is
/// written too.
///
/// Messages below the level `notice` are all written as they come: an operator who enables them wants each of them.
public struct RepetitionLimiter: LogHandler {
    private var wrapped: any LogHandler
    private let window: Window

    /// Wraps a log handler.
    ///
    /// - Parameters:
    ///   - handler: The handler that writes the messages.
    ///   - pause: How long repetitions are counted before their number is written.
    public init(_ handler: any LogHandler, pause: Duration = .seconds(1)) {
        wrapped = handler
        window = Window(pause)
    }

    /// The minimum level of messages, which the wrapped handler keeps.
    public var logLevel: Logger.Level {
        get { wrapped.logLevel }
        set { wrapped.logLevel = newValue }
    }

    /// The metadata of the logger, which the wrapped handler keeps.
    public var metadata: Logger.Metadata {
        get { wrapped.metadata }
        set { wrapped.metadata = newValue }
    }

    /// The metadata provider of the logger, which the wrapped handler keeps.
    public var metadataProvider: Logger.MetadataProvider? {
        get { wrapped.metadataProvider }
        set { wrapped.metadataProvider = newValue }
    }

    /// One entry of the logger's metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { wrapped[metadataKey: key] }
        set { wrapped[metadataKey: key] = newValue }
    }

    /// Writes a message, or counts it when it is a repetition.
    public func log(event: LogEvent) {
        if event.level < .notice || window.admits(event, wrapped) { wrapped.log(event: event) }
    }

    /// The messages since the counts were last written. All copies of a logger share it.
    private final class Window: Sendable {
        private struct Line: Hashable {
            let level: Logger.Level
            let message: String
        }

        private struct Repetition {
            /// The newest occurrence of the message, and the handler that writes it.
            var event: LogEvent
            var handler: any LogHandler
            var count = 0

            func write(_ message: Logger.Message) {
                var event = event
                event.message = message
                handler.log(event: event)
            }
        }

        private struct State {
            var lines: [Line: Repetition] = [:]
            /// The messages that exceeded the maximum number of different ones, counted together.
            var others: Repetition?
            var isOpen = false
        }

        private static let maxLines = 100

        private let pause: Duration
        private let state = Mutex(State())

        init(_ pause: Duration) { self.pause = pause }

        /// Whether the message is to be written now.
        func admits(_ event: LogEvent, _ handler: any LogHandler) -> Bool {
            let line = Line(level: event.level, message: event.message.description)
            let (isNew, opens) = state.withLock { state -> (Bool, Bool) in
                let isNew: Bool
                if state.lines[line] != nil {
                    state.lines[line]?.event = event
                    state.lines[line]?.handler = handler
                    state.lines[line]?.count += 1
                    isNew = false
                } else if state.lines.count < Self.maxLines {
                    state.lines[line] = Repetition(event: event, handler: handler)
                    isNew = true
                } else {
                    state.others = Repetition(event: event, handler: handler, count: (state.others?.count ?? 0) + 1)
                    isNew = false
                }
                defer { state.isOpen = true }
                return (isNew, !state.isOpen)
            }
            if opens { sayLater() }
            return isNew
        }

        private func sayLater() {
            Task.detached(priority: .utility) { [self, pause] in
                try? await Task.sleep(for: pause)
                say()
            }
        }

        /// Writes the numbers of repetitions. Messages that repeated stay known; the others count as new when they come again.
        private func say() {
            let (repeated, others) = state.withLock { state -> ([Repetition], Repetition?) in
                let repeated = state.lines.values.filter { $0.count > 0 }
                state.lines = state.lines.filter { $0.value.count > 0 }.mapValues { Repetition(event: $0.event, handler: $0.handler) }
                defer { state.others = nil }
                state.isOpen = !state.lines.isEmpty
                return (repeated, state.others)
            }
            if !repeated.isEmpty { sayLater() }
            for repetition in repeated {
                repetition.write("\(repetition.event.message) (\(repetition.count) more times)")
            }
            if let others { others.write("\(others.count) other lines were left out; there are too many of them") }
        }
    }
}
