internal import KeyEvents
internal import Storage
internal import Synchronization

/// The accounts whose data keys are lost, as they were found last: by a look at all keys, or when one was needed. Each loss is reported
/// once.
final class DataKeyWatch: Sendable {
    /// The minimum time between two looks at all keys, which take some tenths of a second where there are a hundred thousand.
    private static let pause = Duration.seconds(60)

    private struct State {
        var lost: Set<AccountID> = []
        var lookedAt: MonotonicInstant?
        /// The identity of the vault's folder before the last look.
        var folder: FileIdentity?
    }

    private let state = Mutex(State())
    private let report: @Sendable (String) -> Void

    init(report: @escaping @Sendable (String) -> Void) { self.report = report }

    /// Whether a data key that is needed is lost.
    var hasLosses: Bool { state.withLock { !$0.lost.isEmpty } }

    /// Returns whether all keys are to be looked at: they never were, the vault's folder has changed since, or a loss may have been made good
    /// in the log. With `true` the look has begun.
    func beginLook(at now: MonotonicInstant, folder: @autoclosure () -> FileIdentity?) -> Bool {
        state.withLock { state in
            if let lookedAt = state.lookedAt, now - lookedAt < Self.pause { return false }
            let found = folder()
            if state.lookedAt != nil, state.lost.isEmpty, let found, found == state.folder { return false }
            (state.lookedAt, state.folder) = (now, found)
            return true
        }
    }

    /// Replaces what was found before by what a look at all keys has found.
    func replace(_ lost: Set<AccountID>) {
        let isNew = state.withLock { state in
            defer { state.lost = lost }
            return !lost.isSubset(of: state.lost)
        }
        if isNew { report(Self.words(lost)) }
    }

    /// Adds an account whose data key was needed, is lost, and was replaced by a new one.
    func addReplaced(_ account: AccountID) {
        state.withLock { _ = $0.lost.insert(account) }
        report(Self.words([account]) + " What is recorded from now on is sealed with a new one.")
    }

    /// Removes an account whose lost data keys were given up.
    func remove(_ account: AccountID) { state.withLock { _ = $0.lost.remove(account) } }

    private static let shownAccounts = 5

    private static func words(_ lost: Set<AccountID>) -> String {
        let accounts = lost.sorted()
        let shown =
            accounts.prefix(shownAccounts).map(\.description).joined(separator: ", ") + (accounts.count > shownAccounts ? ", …" : "")
        let beginning =
            accounts.count == 1
            ? "The data key of the account \(shown) is lost" : "The data keys of \(accounts.count) accounts are lost (\(shown))"
        return beginning
            + ": the vault does not hold what fields are sealed with, and the log does not say that it was destroyed. Names and other personal fields"
            + " cannot be read. Restore vault/ from a backup, or, if there is none, say that they are given up: keyledger accounts erase."
    }
}
