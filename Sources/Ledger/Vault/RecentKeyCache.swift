internal import KeyEvents
internal import Storage
internal import Synchronization

/// The data keys that were read, each with the file that it was read from, and the files that accounts were lately found to have: beside a
/// validation, a look at a file takes long.
///
/// What was found holds for a period. A period ends when the folder is seen to have changed, for which it is looked at every
/// `folderCheckInterval`, and after `maxPeriod` at the latest: a file can be written to in its place, which the folder does not show.
final class RecentKeyCache: Sendable {
    static let folderCheckInterval = Duration.milliseconds(100)
    private static let maxPeriod = Duration.seconds(1)

    /// A data key, and the file that it was read from; `nil`: a file that was made since the account was found to have none.
    struct KnownKey {
        let file: FileIdentity?
        let key: DataKey
        /// Whether the file's name is known to be on the disk.
        var isDurable: Bool
    }

    /// The file that an account was found to have, and the key in it where that was read.
    struct Entry {
        let file: FileIdentity?
        fileprivate var key: DataKey?
        fileprivate var isDurable = false
        /// The period in which the account was found to have this file; `nil` where the file was seen without regard to periods.
        fileprivate var periodNumber: UInt64?

        var known: KnownKey? { key.map { KnownKey(file: file, key: $0, isDurable: isDurable) } }
    }

    private struct State {
        var entries: [AccountID: Entry] = [:]
        var periodNumber: UInt64 = 0
        /// The folder in this period.
        var folder: FileIdentity?
        /// When the folder is looked at next, and when the period ends in any case.
        var nextFolderCheck = MonotonicInstant.earliest
        var periodEnd = MonotonicInstant.earliest

        /// Begins another period where this one has ended.
        mutating func advance(to now: MonotonicInstant, _ identity: @autoclosure () -> FileIdentity?) {
            guard nextFolderCheck <= now else { return }
            let found = identity()
            if found == nil || found != folder || periodEnd <= now {
                folder = found
                periodEnd = now + maxPeriod
                periodNumber += 1
            }
            nextFolderCheck = now + folderCheckInterval
        }
    }

    private let folder: VaultFolder
    private let state = Mutex(State())

    init(_ folder: VaultFolder) { self.folder = folder }

    /// The file that the account has, as it was at most `folderCheckInterval` ago; where the file was written to in its place, `maxPeriod`.
    /// `file` is the path at which it is; mostly it need not be made.
    func recent(_ account: AccountID, _ file: @autoclosure () -> String) -> Entry {
        let now = CoarseClock.now()
        return state.withLock { state in
            state.advance(to: now, folder.identity)
            let known = state.entries[account]
            if let known, known.periodNumber == state.periodNumber { return known }
            let identity = FileIdentity(of: file())
            var entry = known ?? Entry(file: identity)
            if entry.file != identity { entry = Entry(file: identity) }
            entry.periodNumber = state.periodNumber
            state.entries[account] = entry
            return entry
        }
    }

    /// The key that was read from the file `identity`; `nil` where none was.
    func key(of account: AccountID, file identity: FileIdentity?) -> KnownKey? {
        guard let identity, let entry = state.withLock({ $0.entries[account] }), entry.file == identity else { return nil }
        return entry.known
    }

    /// Keeps the key that was read from the account's file. A key without a file is not kept: nothing would tell when it is gone.
    func store(_ key: DataKey?, of account: AccountID, file identity: FileIdentity?) {
        state.withLock { state in
            if let identity, let key {
                let periodNumber = state.entries[account].flatMap { $0.file == identity ? $0.periodNumber : nil }
                state.entries[account] = Entry(file: identity, key: key, periodNumber: periodNumber)
            } else if let known = state.entries[account], known.file != nil || identity != nil {
                state.entries[account] = nil
            }
        }
    }

    /// The name of the account's file is on the disk.
    func markDurable(_ account: AccountID, file identity: FileIdentity?) {
        guard let identity else { return }
        state.withLock { if $0.entries[account]?.file == identity { $0.entries[account]?.isDurable = true } }
    }

    /// The account's key was destroyed. What was found of other accounts is looked at again as well.
    func forget(_ account: AccountID) {
        state.withLock { state in
            state.entries[account] = nil
            state.folder = nil
            state.nextFolderCheck = .earliest
        }
    }
}
