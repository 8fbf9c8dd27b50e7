internal import Glibc
internal import Synchronization

/// The progress of a long command, on standard error. On a terminal it is one line that is redrawn, as wide as the terminal is
/// at that time; elsewhere it is a plain line every few seconds.
final class ProgressBar: Sendable {
    private struct State {
        let begin = ContinuousClock.now
        /// When the line was drawn last; `nil`: not yet.
        var drawn: ContinuousClock.Instant?
    }

    private let unit: String
    private let isTerminal = Terminal.isErrorTerminal
    private let state = Mutex(State())

    init(unit: String) { self.unit = unit }

    func update(_ done: UInt64, of total: UInt64) {
        state.withLock { state in
            let now = ContinuousClock.now
            let pause: Duration = isTerminal ? .milliseconds(100) : .seconds(5)
            // A short run prints nothing when standard error is not a terminal.
            let last = state.drawn ?? (isTerminal ? nil : state.begin)
            if let last, now - last < pause { return }
            state.drawn = now
            let line = ProgressLine(done: done, total: total, unit: unit, elapsed: now - state.begin)
            if isTerminal {
                // The last column stays empty, because some terminals move to the next line when it is filled.
                let columns = (Terminal.columns(of: STDERR_FILENO) ?? Terminal.defaultColumns) - 1
                Terminal.error("\r\u{1B}[K" + line.text(columns: columns), end: "")
            } else {
                Terminal.error(line.sentence)
            }
        }
    }

    func finish() {
        let hasDrawn = state.withLock { $0.drawn != nil }
        if isTerminal, hasDrawn { Terminal.error("\r\u{1B}[K", end: "") }
    }
}
