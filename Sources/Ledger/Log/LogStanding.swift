internal import EventLog
internal import Synchronization

/// Whether what is asked of this ledger may be believed: whether its log is the newest copy that is known of, and whether damage was
/// met in what is derived from it.
///
/// A log that ends before the newest checkpoint, or is another than the one that was signed, was restored from an older copy: a key that
/// was revoked since would be let in. Until an operator forks it (`Ledger.fork`), only what ends keys is carried out.
package final class LogStanding: Sendable {
    private let isSuspended = Atomic(false)
    private let suspension = Mutex<LedgerError?>(nil)
    private let damage = Mutex<Damage?>(nil)

    /// Met in the set of state tables that was in force; a replay puts the other in force.
    private struct Damage {
        let error: LedgerError
        let stateSet: Int?
    }

    /// The most records that this process has seen.
    private let seen = Atomic<UInt64>(0)

    /// Whether the log has fewer records than this process has seen: an older copy was put into the files.
    func hasShrunk(to size: UInt64) -> UInt64? {
        let before = seen.max(size, ordering: .relaxed).oldValue
        return before > size ? before : nil
    }

    /// Why nothing is validated; `nil`: the log is the newest copy that is known of.
    var problem: LedgerError? { suspension.withLock { $0 } }

    func suspend(_ problem: LedgerError?) {
        suspension.withLock { $0 = problem }
        isSuspended.store(problem != nil, ordering: .releasing)
    }

    /// To be called before anything is decided that lets a key in. One load where nothing is wrong.
    package func requireNewestCopy() throws(LedgerError) {
        guard isSuspended.load(ordering: .acquiring), let problem else { return }
        throw problem
    }

    /// Whether the error says that the log is not the newest copy of itself.
    static func isSuspension(_ error: LedgerError) -> Bool {
        switch error {
        case .olderCopy, .notAsSigned, .forkedSince, .replaced: true
        default: false
        }
    }

    /// Keeps in mind that something derived could not be read, whoever asked for it.
    func note(_ error: any Error, stateSet: @autoclosure () -> Int?) {
        switch error {
        case LogError.derivedDamaged, LogError.damaged, LogError.missing: break
        default:
            guard LedgerError.isDamagedIndex(error) else { return }
        }
        damage.withLock { $0 = Damage(error: .damaged(problem: "\(error)"), stateSet: stateSet()) }
    }

    /// What was met; `nil` once a replay has put other tables in force.
    func damage(stateSet: Int?) -> LedgerError? {
        damage.withLock { damage in
            if let known = damage, known.stateSet != stateSet { damage = nil }
            return damage?.error
        }
    }
}
