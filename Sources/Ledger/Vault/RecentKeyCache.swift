internal import KeyEvents
internal import Storage
internal import Synchronization

/// A cache of the data keys that were read, each with the file that it was read from, and of the files that accounts were recently
/// found to have. The cache is needed because checking a file takes long, compared with a validation.
///
/// An entry is valid for a period. A period ends when the folder is found to have changed, which is checked every
/// `folderCheck`, and after `maxPeriod` at the latest: a file can be overwritten in place, which the folder does not show.
final class RecentKeyCache: Sendable {
    static let folderCheck = Duration.milliseconds(100)
    private static let maxPeriod = Duration.seconds(1)

    /// A data key, and the file that it was read from; the file is `nil` where it was made since the account was found to have none.
    struct KnownKey {
        let file: FileIdentity?
        let key: DataKey
        /// Whether the file's name is known to be on the disk.
        var isDurable: Bool
    }

    /// The file that an account was found to have, and the key in it where the file was read.
    struct Entry {
        let file: FileIdentity?
        fileprivate var key: DataKey?
        fileprivate var isDurable = false
        /// The period in which the account was found to have this file; `nil` where the file was found without regard to periods.
        fileprivate var periodNumber: UInt64?

        var known: KnownKey? { key.map { KnownKey(file: file, key: $0, isDurable: isDurable) } }
    }

    private struct State {
        var entries: [AccountID: Entry] = [:]
        var periodNumber: UInt64 = 0
        /// The identity of the folder in this period.
        var folder: FileIdentity?
        /// When the folder is looked at next, and when the period ends in any case.
        var nextFolderCheck = MonotonicInstant.earliest
        var periodEnd = MonotonicInstant.earliest

        /// Begins another period where the current one has ended.
        mutating func advance(to now: MonotonicInstant, _ identity: @autoclosure () -> FileIdentity?) {
            guard nextFolderCheck <= now else { return }
            let found = identity()
            if found == nil || found != folder || periodEnd <= now {
                folder = found
                periodEnd = now + maxPeriod
                periodNumber += 1
            }
            nextFolderCheck = now + folderCheck
        }
    }

    private let folder: VaultFolder
    private let clock: LedgerClock
    private let state = Mutex(State())

    init(_ folder: VaultFolder, _ clock: LedgerClock) {
        self.folder = folder
        self.clock = clock
    }

    /// Returns the file that the account has, as it was no longer than `folderCheck` ago, or `maxPeriod` where the file was
    /// overwritten in place. `file` is the path of the file; it is rarely evaluated.
    func recent(_ account: AccountID, _ file: @autoclosure () -> String) -> Entry {
        let now = clock.coarse()
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

    /// Returns the key that was read from the file `identity`; `nil` where none was.
    func key(of account: AccountID, file identity: FileIdentity?) -> KnownKey? {
        guard let identity, let entry = state.withLock({ $0.entries[account] }), entry.file == identity else { return nil }
        return entry.known
    }

    /// Caches the key that was read from the account's file. A key without a file is not cached: nothing would show when it is gone.
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

    /// Notes that the name of the account's file is durable.
    func markDurable(_ account: AccountID, file identity: FileIdentity?) {
        guard let identity else { return }
        state.withLock { if $0.entries[account]?.file == identity { $0.entries[account]?.isDurable = true } }
    }

    /// Forgets the account's key, because it was destroyed. The files of other accounts are checked again as well.
    func forget(_ account: AccountID) {
        state.withLock { state in
            state.entries[account] = nil
            state.folder = nil
            state.nextFolderCheck = .earliest
        }
    }
}
