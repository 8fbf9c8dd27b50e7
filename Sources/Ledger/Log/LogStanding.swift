internal import EventLog
internal import Synchronization

/// Whether this ledger may be relied on: whether its log is the newest copy that is known, and whether damage was found in what is
/// derived from the log.
///
/// A log that ends before the newest checkpoint, or differs from the one that was signed, was restored from an older copy: a key that
/// was revoked later would be accepted. Until an operator forks the log (`LedgerLog.fork`), only commands that end keys are carried out.
package final class LogStanding: Sendable {
    private let isSuspended = Atomic(false)
    private let suspension = Mutex<(problem: LedgerError?, mayPass: Bool)>((nil, false))
    private let damage = Mutex<Damage?>(nil)
    /// Whether a change of the files under this process was reported since it last went on.
    private let isReported = Atomic(false)

    /// Damage that was found in the state tables then in force; a replay puts another set in force.
    private struct Damage {
        let error: LedgerError
        let stateSet: Int?
    }

    /// Why no key is validated; `nil` where the log is the newest copy that is known.
    var problem: LedgerError? { suspension.withLock { $0.problem } }

    /// Whether the problem is that something was out of reach, which may have passed by now.
    var mayHavePassed: Bool { suspension.withLock { $0.problem != nil && $0.mayPass } }

    /// Suspends the ledger, or with `nil` goes on. Returns whether the problem is another one than before.
    @discardableResult
    func suspend(_ problem: LedgerError?, mayPass: Bool = false) -> Bool {
        suspension.withLock { suspension in
            let isNews = suspension.problem?.description != problem?.description
            suspension = (problem, mayPass)
            isSuspended.store(problem != nil, ordering: .releasing)
            if problem == nil { isReported.store(false, ordering: .relaxed) }
            return isNews
        }
    }

    /// Whether the change of the files that the ledger is suspended for was not reported yet; from now on it is.
    func isUnreported() -> Bool { !isReported.exchange(true, ordering: .relaxed) }

    /// Throws where the log is not the newest copy; to be called before any decision that lets a key in. It costs one atomic load
    /// where nothing is wrong.
    package func requireNewestCopy() throws(LedgerError) {
        guard isSuspended.load(ordering: .acquiring), let problem else { return }
        throw problem
    }

    /// Whether the error says that the log is not its own newest copy.
    static func isSuspension(_ error: LedgerError) -> Bool {
        switch error {
        case .olderCopy, .notAsSigned, .forkedSince, .replaced, .changedByOthers: true
        default: false
        }
    }

    /// Suspends the ledger for an error that says that the log is not its own newest copy. Files that are out of place may come back.
    func suspend(for error: LedgerError) {
        guard Self.isSuspension(error) else { return }
        if case .replaced = error { suspend(error, mayPass: true) } else { suspend(error) }
    }

    /// Remembers that derived data could not be read, whichever call needed it.
    func note(_ error: any Error, stateSet: @autoclosure () -> Int?) {
        switch error {
        case LogError.derivedDamaged, LogError.damaged, LogError.missing: break
        default:
            guard LedgerError.isCorruptIndexEntry(error) else { return }
        }
        damage.withLock { $0 = Damage(error: .damaged(problem: "\(error)"), stateSet: stateSet()) }
    }

    /// The damage that was found; `nil` once a replay has put other state tables in force.
    func damage(stateSet: Int?) -> LedgerError? {
        damage.withLock { damage in
            if let known = damage, known.stateSet != stateSet { damage = nil }
            return damage?.error
        }
    }
}
