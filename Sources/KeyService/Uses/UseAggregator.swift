internal import KeyEvents
internal import Synchronization

/// Adds up presentations that are not worth a record each: refusals (one record a key, code and second), uses of keys that
/// authorise calls to Keyledger itself (one a key and minute), and ordinary uses where the operator chose so. A crash loses
/// the windows that are open.
final class UseAggregator: Sendable {
    private struct WindowID: Hashable {
        let refusal: RefusalCode?
        let isInternal: Bool
        let secretID: UInt32
        /// The window's length; 0 for what was put together.
        let seconds: Int64
        /// The window's number since the epoch.
        let number: Int64
    }

    private struct Window {
        var note: UseNote
        let end: Timestamp
        /// By the monotonic clock: one that was set back must not keep a window open.
        let latestEnd: Int64

        func hasEnded(at now: Timestamp, _ monotonic: Int64) -> Bool { end <= now || latestEnd <= monotonic }
    }

    static let refusalSeconds: Int64 = 1
    static let internalSeconds: Int64 = 60
    /// How much longer than its length a window may be open, in microseconds.
    static let grace: Int64 = 1_000_000

    private struct Windows {
        /// By key first: a command takes those of its key while it holds the writer's transaction.
        var open: [KeyID: [WindowID: Window]] = [:]
        var isClosed = false
    }

    private let clock: LedgerClock
    private let vault: Vault
    private let windows = Mutex(Windows())

    init(clock: LedgerClock, vault: Vault) {
        self.clock = clock
        self.vault = vault
    }

    /// `seconds`: the length of the window. False: closed, and not taken.
    @discardableResult
    func add(_ note: UseNote, seconds: Int64) -> Bool {
        windows.withLock { windows in
            if !windows.isClosed { add(note, seconds: seconds, to: &windows.open) }
            return !windows.isClosed
        }
    }

    private func add(_ note: UseNote, seconds: Int64, to windows: inout [KeyID: [WindowID: Window]]) {
        let number = note.use.decidedAt.second / seconds
        let id = WindowID(
            refusal: note.refusal, isInternal: note.use.isInternal, secretID: note.use.secretID, seconds: seconds, number: number)
        if windows[note.keyID]?[id]?.note.merge(note) == nil {
            windows[note.keyID, default: [:]][id] = Window(
                note: note, end: Timestamp(seconds: (number + 1) * seconds),
                latestEnd: clock.monotonicMicroseconds() + seconds * 1_000_000 + Self.grace)
        }
    }

    /// Takes out the windows that have ended; all of them when `now` is `nil`.
    func takeEnded(at now: Timestamp?) -> [UseNote] {
        let monotonic = clock.monotonicMicroseconds()
        return ready(
            windows.withLock { windows in
                var taken: [UseNote] = []
                for key in Array(windows.open.keys) {
                    for (id, window) in windows.open[key] ?? [:] where now.map({ window.hasEnded(at: $0, monotonic) }) ?? true {
                        taken.append(window.note)
                        windows.open[key]?[id] = nil
                    }
                    if windows.open[key]?.isEmpty == true { windows.open[key] = nil }
                }
                return taken
            })
    }

    /// Puts together what has ended and cannot be recorded for now: one window a key, code and hour, so that however long the
    /// disk stays full, this does not grow with what is asked.
    func mergeEnded(at now: Timestamp) {
        let monotonic = clock.monotonicMicroseconds()
        windows.withLock { windows in
            for key in Array(windows.open.keys) {
                for (id, window) in windows.open[key] ?? [:] where id.seconds != 0 && window.hasEnded(at: now, monotonic) {
                    let hour = WindowID(
                        refusal: id.refusal, isInternal: id.isInternal, secretID: id.secretID, seconds: 0,
                        number: window.note.use.decidedAt.second / 3600)
                    if windows.open[key]?[hour]?.note.merge(window.note) == nil { windows.open[key]?[hour] = window }
                    windows.open[key]?[id] = nil
                }
            }
        }
    }

    /// Adds no more, but for what is put back.
    func close() { windows.withLock { $0.isClosed = true } }

    /// Takes out the windows of one key: a lifecycle event of it is about to be recorded.
    func take(_ key: KeyID) -> [UseNote] {
        ready(windows.withLock { $0.open.removeValue(forKey: key) }?.values.map(\.note) ?? [])
    }

    /// Whether an accepted use of a secret waits here.
    func holdsUse(of key: KeyID, secret: UInt32) -> Bool {
        windows.withLock { $0.open[key]?.keys.contains { $0.refusal == nil && $0.secretID == secret } ?? false }
    }

    /// What was taken could not be recorded: it waits on.
    func putBack(_ notes: [UseNote]) {
        windows.withLock { windows in
            for note in notes { add(note, seconds: note.refusal != nil ? Self.refusalSeconds : Self.internalSeconds, to: &windows.open) }
        }
    }

    /// How many windows are open.
    var count: Int { windows.withLock { $0.open.values.reduce(0) { $0 + $1.count } } }

    /// In order, and sealed now: of the many presentations that a window adds up only the last says where it came from.
    private func ready(_ notes: [UseNote]) -> [UseNote] {
        notes.sorted { $0.use.decidedAt < $1.use.decidedAt }.map { note in (try? note.sealed(by: vault)) ?? note }
    }
}

extension UseNote {
    /// Becomes both as one, with all that the later one says of itself: position, time, what was asked and from where belong to one
    /// decision, which can be decided again. The higher position of the two with the later time might be of no decision at all.
    fileprivate mutating func merge(_ other: UseNote) {
        let isOtherLater =
            (use.decidedAt, use.decidedAtPosition) <= (other.use.decidedAt, other.use.decidedAtPosition)
        let (earlier, last) = isOtherLater ? (self, other) : (other, self)
        var later = last
        later.use.count = earlier.use.count.saturatingAdding(last.use.count)
        later.use.firstAt = min(earlier.use.firstAt ?? earlier.use.decidedAt, later.use.firstAt ?? later.use.decidedAt)
        self = later
    }
}
