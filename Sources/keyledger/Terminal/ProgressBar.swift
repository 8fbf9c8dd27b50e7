internal import Foundation
internal import Synchronization

/// On a terminal, one line that is drawn over; elsewhere a plain line every few seconds. On standard error.
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
            let seconds = max(now.timeIntervalSince(state.begin), 0.001)
            let rate = Double(done) / seconds
            let share = total == 0 ? 1 : Double(done) / Double(total)
            let left = rate > 0 && total > done ? Double(total - done) / rate : 0
            let text = "\(Int(share * 100)) %  \(done) of \(total) \(unit), \(Int(rate)) a second, \(Int(left.rounded(.up))) s left"
            if isTerminal {
                let filled = Int(share * 30)
                let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
                Terminal.error("\r\u{1B}[K\(bar) \(text)", end: "")
            } else {
                Terminal.error(text)
            }
        }
    }

    func finish() {
        let hasDrawn = state.withLock { $0.hasDrawn }
        if isTerminal, hasDrawn { Terminal.error("\r\u{1B}[K", end: "") }
    }
}
