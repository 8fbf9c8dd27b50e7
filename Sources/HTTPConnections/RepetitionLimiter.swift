public import Logging
internal import Synchronization

/// Keeps those who call from filling the log: a line that repeats itself is written once, and then once a second with how often it
/// came meanwhile. Of different lines at most a hundred a second are written; how many were left out is said.
///
/// Lines below `notice` are written as they come: whoever asks for them wants each.
public struct RepetitionLimiter: LogHandler {
    private var wrapped: any LogHandler
    private let window: Window

    /// - Parameters:
    ///   - handler: Who writes the lines.
    ///   - pause: How long repetitions are counted before they are said.
    public init(_ handler: any LogHandler, pause: Duration = .seconds(1)) {
        wrapped = handler
        window = Window(pause)
    }

    public var logLevel: Logger.Level {
        get { wrapped.logLevel }
        set { wrapped.logLevel = newValue }
    }

    public var metadata: Logger.Metadata {
        get { wrapped.metadata }
        set { wrapped.metadata = newValue }
    }

    public var metadataProvider: Logger.MetadataProvider? {
        get { wrapped.metadataProvider }
        set { wrapped.metadataProvider = newValue }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { wrapped[metadataKey: key] }
        set { wrapped[metadataKey: key] = newValue }
    }

    public func log(event: LogEvent) {
        if event.level < .notice || window.admits(event, wrapped) { wrapped.log(event: event) }
    }

    /// What came since the counts were said last. All copies of a logger share it.
    private final class Window: Sendable {
        private struct Line: Hashable {
            let level: Logger.Level
            let message: String
        }

        private struct Repetition {
            /// The newest, and who writes it.
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
            /// Lines that were not even counted by their words.
            var others: Repetition?
            var isOpen = false
        }

        private static let mostLines = 100

        private let pause: Duration
        private let state = Mutex(State())

        init(_ pause: Duration) { self.pause = pause }

        /// Whether the line is to be written now.
        func admits(_ event: LogEvent, _ handler: any LogHandler) -> Bool {
            let line = Line(level: event.level, message: event.message.description)
            let (isNew, opens) = state.withLock { state -> (Bool, Bool) in
                let isNew: Bool
                if state.lines[line] != nil {
                    state.lines[line]?.event = event
                    state.lines[line]?.handler = handler
                    state.lines[line]?.count += 1
                    isNew = false
                } else if state.lines.count < Self.mostLines {
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

        /// Lines that repeated themselves are counted on; the others are as new when they come again.
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
