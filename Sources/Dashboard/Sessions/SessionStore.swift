internal import Crypto
internal import KeyEvents
internal import Synchronization

/// The sessions, kept in memory: a restart signs everybody out. The browser holds a random token; only its digest is stored
/// here.
///
/// No user's session is ended for another user. A user who opens too many sessions loses their own oldest. Every account has
/// room for `alwaysOfAccount` sessions, whatever others have; beyond that it may have as many as all accounts have left free,
/// so that one account fills at most half of the room (the dynamic threshold of Choudhury and Hahne, IEEE/ACM Transactions on
/// Networking 6(2), 1998). There are as many accounts as the operator and the host product have made, which bounds the total.
final class SessionStore: Sendable {
    /// The maximum life of a session without a visit.
    static let idleLifetime = Duration.seconds(2 * 3600)
    /// The maximum life of a session.
    static let maxLifetime = Duration.seconds(12 * 3600)
    /// The maximum number of sessions of one key, or of one user of the host product. Nobody works on more machines at once.
    static let maxPerHolder = 32
    /// The number of sessions that every account can have, whatever others have.
    static let alwaysOfAccount = 32
    /// How often ended sessions are searched for.
    private static let sweepPause = Duration.seconds(60)

    fileprivate struct Contents {
        var sessions: [SHA256Digest: Session] = [:]
        /// The sessions of each holder.
        var holders: [Session.Holder: Set<SHA256Digest>] = [:]
        var countsByAccount: [AccountID: Int] = [:]
        var sweptAt = Timestamp(microseconds: .min)
    }

    /// The number of sessions that all accounts share.
    private let maxSessions: Int
    private let contents = Mutex(Contents())

    init(maxSessions: Int = 50_000) { self.maxSessions = maxSessions }

    var count: Int { contents.withLock { $0.sessions.count } }

    /// Starts a session, unless the account has used up its share.
    ///
    /// - Parameters:
    ///   - basis: How the user signed in.
    ///   - account: The account whose keys are shown.
    ///   - token: The random token for the browser.
    ///   - now: The time by the ledger's clock.
    /// - Returns: Whether there was room.
    func start(_ basis: Session.Basis, of account: AccountID, _ token: String, at now: Timestamp) -> Bool {
        contents.withLock { contents in
            if now >= contents.sweptAt + Self.sweepPause || now < contents.sweptAt {
                contents.sweptAt = now
                contents.removeEnded(at: now)
            }
            contents.makeRoom(for: basis.holder(of: account))
            let own = contents.countsByAccount[account, default: 0]
            guard own < Self.alwaysOfAccount || own < maxSessions - contents.sessions.count else { return false }
            contents.insert(Session(basis: basis, account: account, startedAt: now, seenAt: now), Self.digest(token))
            return true
        }
    }

    /// Returns the session of a token; `nil` when there is none, or it has ended. `isVisit` says that a person made the
    /// request, which prolongs the session.
    func session(_ token: String, at now: Timestamp, isVisit: Bool) -> Session? {
        contents.withLock { contents in
            let digest = Self.digest(token)
            guard let session = contents.sessions[digest] else { return nil }
            guard session.isAlive(at: now) else {
                contents.remove(digest)
                return nil
            }
            if isVisit { contents.sessions[digest]?.seenAt = now }
            return contents.sessions[digest]
        }
    }

    func end(_ token: String) { contents.withLock { $0.remove(Self.digest(token)) } }

    /// Forgets that a form was sent, because it created nothing.
    func forgetForm(_ commandID: String, _ token: String) {
        _ = contents.withLock { $0.sessions[Self.digest(token)]?.sentForms.remove(commandID) }
    }

    /// Remembers that a form was sent. Returns whether this was the first time.
    func noteForm(_ commandID: String, _ token: String) -> Bool {
        contents.withLock { contents in
            contents.sessions[Self.digest(token)]?.sentForms.insert(commandID).inserted ?? true
        }
    }

    private static func digest(_ token: String) -> SHA256Digest { SHA256.hash(data: Array(token.utf8)) }
}

extension SessionStore.Contents {
    fileprivate mutating func insert(_ session: Session, _ digest: SHA256Digest) {
        sessions[digest] = session
        holders[session.holder, default: []].insert(digest)
        countsByAccount[session.account, default: 0] += 1
    }

    fileprivate mutating func remove(_ digest: SHA256Digest) {
        guard let session = sessions.removeValue(forKey: digest) else { return }
        holders[session.holder]?.remove(digest)
        if holders[session.holder]?.isEmpty == true { holders[session.holder] = nil }
        let count = countsByAccount[session.account, default: 0]
        countsByAccount[session.account] = count > 1 ? count - 1 : nil
    }

    /// Ends the holder's least recently used session when the holder has the maximum number.
    fileprivate mutating func makeRoom(for holder: Session.Holder) {
        guard let own = holders[holder], own.count >= SessionStore.maxPerHolder else { return }
        let ages = own.compactMap { digest in sessions[digest].map { (digest, $0.seenAt) } }
        if let oldest = ages.min(by: { $0.1 < $1.1 }) { remove(oldest.0) }
    }

    fileprivate mutating func removeEnded(at now: Timestamp) {
        for digest in sessions.filter({ !$0.value.isAlive(at: now) }).keys { remove(digest) }
    }
}

extension Session {
    fileprivate func isAlive(at now: Timestamp) -> Bool {
        now < seenAt + SessionStore.idleLifetime && now < startedAt + SessionStore.maxLifetime
    }
}
