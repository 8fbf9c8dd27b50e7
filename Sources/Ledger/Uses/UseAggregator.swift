internal import KeyEvents
internal import Synchronization

/// Adds up presentations that are not worth a record each: refusals (one record a key, code and second), uses of keys that
/// authorise calls to Keyledger itself (one a key and minute), and ordinary uses where the operator chose so. A crash loses
/// the windows that are open.
final class UseAggregator: Sendable {
    private struct WindowID: Hashable {
        let refusal: RefusalCode?
        let isInternal: Bool
        let permissionAsked: String?
        let secretID: UInt32
        /// The window's length; 0 for what was put together.
        let seconds: Int64
        /// The window's number since the epoch.
        let number: Int64
    }

    private struct Window {
        var note: PendingUse
        let end: Timestamp
        /// By the monotonic clock: one that was set back must not keep a window open.
        let latestEnd: Int64

        func hasEnded(at now: Timestamp, _ monotonic: Int64) -> Bool { end <= now || latestEnd <= monotonic }
    }

    /// Names a call that is being answered.
    typealias CallID = UInt64

    static let refusalSeconds: Int64 = 1
    static let internalSeconds: Int64 = 60
    /// How much longer than its length a window may be open, in microseconds.
    static let grace: Int64 = 1_000_000

    private struct Windows {
        /// By key first: a command takes those of its key while it holds the writer's transaction.
        var open: [KeyID: [WindowID: Window]] = [:]
        /// Calls to Keyledger that are being answered: whether the key may do what it was used for is known in the end.
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

    /// `seconds`: the length of the window. False: closed, and not taken.
    @discardableResult
    func add(_ note: PendingUse, seconds: Int64) -> Bool {
        windows.withLock { windows in
            if !windows.isClosed { add(note, seconds: seconds, to: &windows.open) }
            return !windows.isClosed
        }
    }

    /// An accepted call begins: it counts as one from now on, but may turn out to be refused (`endCall`). `nil`: closed, and not taken.
    func beginCall(_ note: PendingUse) -> CallID? {
        windows.withLock { windows in
            guard !windows.isClosed else { return nil }
            windows.lastCall &+= 1
            windows.calls[note.keyID, default: [:]][windows.lastCall] = note
            return windows.lastCall
        }
    }

    /// A call was answered. One that was taken meanwhile, because its key was changed, stays what it was taken for.
    func endCall(_ id: CallID, of key: KeyID, denial: CallDenial?) {
        windows.withLock { windows in
            guard var note = windows.calls[key]?.removeValue(forKey: id) else { return }
            if windows.calls[key]?.isEmpty == true { windows.calls[key] = nil }
            if let denial { note = note.denied(denial) }
            add(note, seconds: note.refusal == nil ? Self.internalSeconds : Self.refusalSeconds, to: &windows.open)
        }
    }

    private func add(_ note: PendingUse, seconds: Int64, to windows: inout [KeyID: [WindowID: Window]]) {
        let number = note.use.decidedAt.second / seconds
        let id = WindowID(
            refusal: note.refusal, isInternal: note.use.isInternal, permissionAsked: note.use.permissionAsked,
            secretID: note.use.secretID, seconds: seconds, number: number)
        if windows[note.keyID]?[id]?.note.merge(note) == nil {
            windows[note.keyID, default: [:]][id] = Window(
                note: note, end: Timestamp(seconds: (number + 1) * seconds),
                latestEnd: clock.monotonicMicroseconds() + seconds * 1_000_000 + Self.grace)
        }
    }

    /// Takes out the windows that have ended; all of them when `now` is `nil`.
    func takeEnded(at now: Timestamp?) -> [PendingUse] {
        let monotonic = clock.monotonicMicroseconds()
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

    /// Puts together what has ended and cannot be recorded for now: one window a key, code and hour, so that however long the
    /// disk stays full, this does not grow with what is asked.
    func mergeEnded(at now: Timestamp) {
        let monotonic = clock.monotonicMicroseconds()
        windows.withLock { windows in
            for key in Array(windows.open.keys) {
                for (id, window) in windows.open[key] ?? [:] where id.seconds != 0 && window.hasEnded(at: now, monotonic) {
                    let hour = WindowID(
                        refusal: id.refusal, isInternal: id.isInternal, permissionAsked: id.permissionAsked, secretID: id.secretID,
                        seconds: 0,
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
    func take(_ key: KeyID) -> [PendingUse] {
        ready(
            windows.withLock { windows in
                acceptCalls(of: key, &windows)
                return windows.open.removeValue(forKey: key)
            }?.values.map(\.note) ?? [])
    }

    private func acceptCalls(of key: KeyID, _ windows: inout Windows) {
        for note in windows.calls.removeValue(forKey: key)?.values.map(\.self) ?? [] {
            add(note, seconds: Self.internalSeconds, to: &windows.open)
        }
    }

    /// Whether an accepted use of a secret waits here.
    func holdsUse(of key: KeyID, secret: UInt32) -> Bool {
        windows.withLock { windows in
            windows.open[key]?.keys.contains { $0.refusal == nil && $0.secretID == secret } ?? false
                || windows.calls[key]?.values.contains { $0.use.secretID == secret } ?? false
        }
    }

    /// What was taken could not be recorded: it waits on.
    func putBack(_ notes: [PendingUse]) {
        windows.withLock { windows in
            for note in notes { add(note, seconds: note.refusal != nil ? Self.refusalSeconds : Self.internalSeconds, to: &windows.open) }
        }
    }

    /// How many windows are open.
    var count: Int { windows.withLock { $0.open.values.reduce(0) { $0 + $1.count } } }

    /// In order, and sealed now: once for the many presentations that a window adds up.
    private func ready(_ notes: [PendingUse]) -> [PendingUse] {
        notes.sorted { $0.use.decidedAt < $1.use.decidedAt }.map { note in (try? note.sealed(by: vault)) ?? note }
    }
}
