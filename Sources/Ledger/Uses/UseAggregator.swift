internal import KeyEvents
internal import Synchronization

/// Aggregates presentations that are not recorded one by one: refusals (one record per key, code and second), uses of keys that
/// authorise calls to Keyledger itself (one per key and minute), and ordinary uses where the operator chose so. A crash loses the
/// windows that are open.
final class UseAggregator: Sendable {
    private struct WindowID: Hashable {
        let refusal: RefusalCode?
        let isInternal: Bool
        let permissionAsked: String?
        let secretID: UInt32
        /// The window's length; zero for windows that were coalesced.
        let length: Duration
        /// The window's number since the Unix epoch.
        let number: Int64
    }

    private struct Window {
        var note: PendingUse
        let end: Timestamp
        /// The latest end by the monotonic clock: a wall clock that was set back must not keep a window open.
        let latestEnd: MonotonicInstant

        func hasEnded(at now: Timestamp, _ monotonic: MonotonicInstant) -> Bool { end <= now || latestEnd <= monotonic }
    }

    /// The number of a call that is in progress.
    typealias CallID = UInt64

    /// The length of a window of refusals.
    static let refusalWindow = Duration.seconds(1)
    /// The length of a window of calls to Keyledger itself.
    static let internalWindow = Duration.seconds(60)
    /// How much longer than its length a window may be open by the monotonic clock.
    static let maxClockSkew = Duration.seconds(1)

    private struct Windows {
        /// The open windows, grouped by key: a command drains those of its key inside the write transaction.
        var open: [KeyID: [WindowID: Window]] = [:]
        /// The calls to Keyledger that are in progress: whether a call is allowed or denied is known only at its end.
        var calls: [KeyID: [CallID: PendingUse]] = [:]
        var lastCall: CallID = 0
        var isClosed = false
    }

    private let clock: LedgerClock
    private let vault: Vault
    private let windows = Mutex(Windows())

    init(clock: LedgerClock, vault: Vault) {
        self.clock = clock
        self.vault = vault
    }

    /// Adds a presentation to its window, which has the length `window`. Returns false where the aggregator is closed and took nothing.
    @discardableResult
    func add(_ note: PendingUse, window: Duration) -> Bool {
        windows.withLock { windows in
            if !windows.isClosed { add(note, window: window, to: &windows.open) }
            return !windows.isClosed
        }
    }

    /// Begins an accepted call: it counts as one use from now on, and may be denied in the end (`endCall`). Returns `nil` where the
    /// aggregator is closed and accepts nothing.
    func beginCall(_ note: PendingUse) -> CallID? {
        windows.withLock { windows in
            guard !windows.isClosed else { return nil }
            windows.lastCall &+= 1
            windows.calls[note.keyID, default: [:]][windows.lastCall] = note
            return windows.lastCall
        }
    }

    /// Ends a call. A call that was drained before its end, because its key was changed, stays a use.
    func endCall(_ id: CallID, of key: KeyID, denial: CallDenial?) {
        windows.withLock { windows in
            guard var note = windows.calls[key]?.removeValue(forKey: id) else { return }
            if windows.calls[key]?.isEmpty == true { windows.calls[key] = nil }
            if let denial { note = note.denied(denial) }
            add(note, window: note.refusal == nil ? Self.internalWindow : Self.refusalWindow, to: &windows.open)
        }
    }

    private func add(_ note: PendingUse, window length: Duration, to windows: inout [KeyID: [WindowID: Window]]) {
        let microseconds = max(1, length.wholeMicroseconds)
        let number = note.use.decidedAt.microseconds / microseconds
        let id = WindowID(
            refusal: note.refusal, isInternal: note.use.isInternal, permissionAsked: note.use.permissionAsked,
            secretID: note.use.secretID, length: length, number: number)
        if windows[note.keyID]?[id]?.note.merge(note) == nil {
            windows[note.keyID, default: [:]][id] = Window(
                note: note, end: Timestamp(microseconds: (number + 1).saturatingMultiplied(by: microseconds)),
                latestEnd: clock.monotonic() + length + Self.maxClockSkew)
        }
    }

    /// Drains the windows that have ended, or all of them where `now` is `nil`.
    func drainExpiredWindows(at now: Timestamp?) -> [PendingUse] {
        let monotonic = clock.monotonic()
        return ready(
            windows.withLock { windows in
                if now == nil { for key in Array(windows.calls.keys) { acceptCalls(of: key, &windows) } }
                var taken: [PendingUse] = []
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

    /// Coalesces ended windows that cannot be recorded for now into one window per key, code and hour, so that their number does not
    /// grow with the number of calls, however long the disk stays full.
    func coalesceExpiredWindows(at now: Timestamp) {
        let monotonic = clock.monotonic()
        windows.withLock { windows in
            for key in Array(windows.open.keys) {
                for (id, window) in windows.open[key] ?? [:] where id.length != .zero && window.hasEnded(at: now, monotonic) {
                    let hour = WindowID(
                        refusal: id.refusal, isInternal: id.isInternal, permissionAsked: id.permissionAsked, secretID: id.secretID,
                        length: .zero, number: window.note.use.decidedAt.second / 3600)
                    if windows.open[key]?[hour]?.note.merge(window.note) == nil { windows.open[key]?[hour] = window }
                    windows.open[key]?[id] = nil
                }
            }
        }
    }

    /// Closes the aggregator: it accepts nothing more, except windows that are restored.
    func close() { windows.withLock { $0.isClosed = true } }

    /// Drains the windows of one key, before a lifecycle event of the key is recorded.
    func drain(_ key: KeyID) -> [PendingUse] {
        ready(
            windows.withLock { windows in
                acceptCalls(of: key, &windows)
                return windows.open.removeValue(forKey: key)
            }?.values.map(\.note) ?? [])
    }

    private func acceptCalls(of key: KeyID, _ windows: inout Windows) {
        for note in windows.calls.removeValue(forKey: key)?.values.map(\.self) ?? [] {
            add(note, window: Self.internalWindow, to: &windows.open)
        }
    }

    /// Returns whether an accepted use of a secret is not recorded yet.
    func holdsUse(of key: KeyID, secret: UInt32) -> Bool {
        windows.withLock { windows in
            windows.open[key]?.keys.contains { $0.refusal == nil && $0.secretID == secret } ?? false
                || windows.calls[key]?.values.contains { $0.use.secretID == secret } ?? false
        }
    }

    /// Restores drained windows that could not be recorded.
    func restore(_ notes: [PendingUse]) {
        windows.withLock { windows in
            for note in notes { add(note, window: note.refusal != nil ? Self.refusalWindow : Self.internalWindow, to: &windows.open) }
        }
    }

    /// The number of open windows.
    var count: Int { windows.withLock { $0.open.values.reduce(0) { $0 + $1.count } } }

    /// Sorts the drained windows by time and seals them: once for all presentations of a window.
    private func ready(_ notes: [PendingUse]) -> [PendingUse] {
        notes.sorted { $0.use.decidedAt < $1.use.decidedAt }.map { note in (try? note.sealed(by: vault)) ?? note }
    }
}
