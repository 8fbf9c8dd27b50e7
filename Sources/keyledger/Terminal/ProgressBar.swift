internal import Foundation
internal import Synchronization

/// On a terminal, one line that is drawn over, as wide as the terminal is at that moment; elsewhere a plain line every few seconds. On
/// standard error.
final class ProgressBar: Sendable {
    private struct State {
        let begin = Date()
        var drawn = Date.distantPast
        var hasDrawn = false
    }

    private let unit: String
    private let isTerminal = Terminal.isErrorTerminal
    private let state = Mutex(State())

    init(unit: String) { self.unit = unit }

    func update(_ done: UInt64, of total: UInt64) {
        state.withLock { state in
            let now = Date()
            guard now.timeIntervalSince(state.drawn) >= (isTerminal ? 0.1 : 5) else { return }
            // A short run off a terminal says nothing.
            if !isTerminal, now.timeIntervalSince(state.begin) < 5 { return }
            state.drawn = now
            state.hasDrawn = true
            let line = ProgressLine(done: done, total: total, unit: unit, seconds: now.timeIntervalSince(state.begin))
            if isTerminal {
                // The last column stays free: a line that fills it moves some terminals on to the next.
                let columns = (Terminal.columns(of: STDERR_FILENO) ?? Terminal.usualColumns) - 1
                Terminal.error("\r\u{1B}[K" + line.text(columns: columns), end: "")
            } else {
                Terminal.error(line.sentence)
            }
        }
    }

    func finish() {
        let hasDrawn = state.withLock { $0.hasDrawn }
        if isTerminal, hasDrawn { Terminal.error("\r\u{1B}[K", end: "") }
    }
}
