internal import KeyEvents
internal import Synchronization

/// Adds up presentations that are not worth a record each: refusals (one record a key, code and second), uses of keys that
/// authorise calls to Keyledger itself (one a key and minute), and ordinary uses where the operator chose so. A crash loses
/// the windows that are open.
final class UseAggregator: Sendable {
    struct WindowID: Hashable {
        let key: KeyID
        let refusal: RefusalCode?
        let isInternal: Bool
        /// The window's number since the epoch.
        let window: Int64
    }

    private struct Window {
        var note: UseNote
        let end: Timestamp
    }

    static let refusalSeconds: Int64 = 1
    static let internalSeconds: Int64 = 60

    private struct Windows {
        var open: [WindowID: Window] = [:]
        var isClosed = false
    }

    private let windows = Mutex(Windows())

    /// `seconds`: the length of the window. False: closed, and not taken.
    @discardableResult
    func add(_ note: UseNote, seconds: Int64) -> Bool {
        windows.withLock { windows in
            if !windows.isClosed { Self.add(note, seconds: seconds, to: &windows.open) }
            return !windows.isClosed
        }
    }

    private static func add(_ note: UseNote, seconds: Int64, to windows: inout [WindowID: Window]) {
        let number = note.use.decidedAt.second / seconds
        let id = WindowID(key: note.keyID, refusal: note.refusal, isInternal: note.use.isInternal, window: number)
        windows[id] = Window(
            note: windows[id].map { $0.note.merged(with: note) } ?? note, end: Timestamp(seconds: (number + 1) * seconds))
    }

    /// Takes out the windows that have ended; all of them when `now` is `nil`.
    func takeEnded(at now: Timestamp?) -> [UseNote] {
        take { _, window in now.map { window.end <= $0 } ?? true }
    }

    /// Adds no more, but for what is put back.
    func close() { windows.withLock { $0.isClosed = true } }

    /// Takes out the windows of one key: a lifecycle event of it is about to be recorded.
    func take(_ key: KeyID) -> [UseNote] { take { id, _ in id.key == key } }

    /// What was taken could not be recorded: it waits on.
    func putBack(_ notes: [UseNote]) {
        windows.withLock { windows in
            for note in notes {
                Self.add(note, seconds: note.refusal != nil ? Self.refusalSeconds : Self.internalSeconds, to: &windows.open)
            }
        }
    }

    private func take(_ isWanted: (WindowID, Window) -> Bool) -> [UseNote] {
        windows.withLock { windows in
            let taken = windows.open.filter(isWanted)
            for id in taken.keys { windows.open[id] = nil }
            return taken.values.map(\.note).sorted { $0.use.decidedAt < $1.use.decidedAt }
        }
    }
}

extension UseNote {
    /// Both as one, with what the later one says of itself.
    fileprivate func merged(with other: UseNote) -> UseNote {
        let (earlier, last) = use.decidedAt <= other.use.decidedAt ? (self, other) : (other, self)
        var later = last
        later.use.count = earlier.use.count + last.use.count
        later.use.firstAt = min(earlier.use.firstAt ?? earlier.use.decidedAt, later.use.firstAt ?? later.use.decidedAt)
        later.use.decidedAtPosition = max(earlier.use.decidedAtPosition, later.use.decidedAtPosition)
        return later
    }
}
