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

    private let windows = Mutex<[WindowID: Window]>([:])

    /// `seconds`: the length of the window.
    func add(_ note: UseNote, seconds: Int64) {
        let number = note.use.decidedAt.second / seconds
        let id = WindowID(key: note.keyID, refusal: note.refusal, isInternal: note.use.isInternal, window: number)
        windows.withLock { windows in
            guard let open = windows[id] else {
                windows[id] = Window(note: note, end: Timestamp(seconds: (number + 1) * seconds))
                return
            }
            windows[id]?.note = open.note.merged(with: note)
        }
    }

    /// Takes out the windows that have ended; all of them when `now` is `nil`.
    func takeEnded(at now: Timestamp?) -> [UseNote] {
        take { _, window in now.map { window.end <= $0 } ?? true }
    }

    /// Takes out the windows of one key: a lifecycle event of it is about to be recorded.
    func take(_ key: KeyID) -> [UseNote] { take { id, _ in id.key == key } }

    /// What was taken could not be recorded: it waits on.
    func putBack(_ notes: [UseNote]) {
        for note in notes {
            add(note, seconds: note.refusal != nil ? Self.refusalSeconds : Self.internalSeconds)
        }
    }

    private func take(_ isWanted: (WindowID, Window) -> Bool) -> [UseNote] {
        windows.withLock { windows in
            let taken = windows.filter(isWanted)
            for id in taken.keys { windows[id] = nil }
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
