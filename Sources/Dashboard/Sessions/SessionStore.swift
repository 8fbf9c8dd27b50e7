internal import Crypto
internal import KeyEvents
internal import Synchronization

/// Who is signed in, in memory: a restart signs everybody out. What the browser holds is a random token; here only its digest
/// is kept.
///
/// Nobody's session is ended for somebody else's. Whoever opens too many ends their own oldest. Every account has room for
/// `alwaysOfAccount`, whatever others hold; beyond that it may hold as many as all have left free, so that one account fills at most half
/// of the places (the dynamic threshold of Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998). There are as many
/// accounts as the operator and the host product have made, which bounds the whole.
final class SessionStore: Sendable {
    /// In seconds: without a visit, and at most.
    static let idleLife: Int64 = 2 * 3600
    static let longestLife: Int64 = 12 * 3600
    /// Of one key, or of one person of the host product: on so many machines nobody works at once.
    static let mostOfHolder = 32
    static let alwaysOfAccount = 32
    /// In seconds: how often ended sessions are looked for.
    private static let sweepPause: Int64 = 60

    fileprivate struct Contents {
        var sessions: [SHA256Digest: Session] = [:]
        /// Those that a holder has.
        var holders: [Session.Holder: Set<SHA256Digest>] = [:]
        var countsByAccount: [AccountID: Int] = [:]
        var sweptAt = Timestamp(microseconds: .min)
    }

    /// Places that all accounts share.
    private let most: Int
    private let contents = Mutex(Contents())

    init(most: Int = 50_000) { self.most = most }

    var count: Int { contents.withLock { $0.sessions.count } }

    /// Signs somebody in, unless their account has its share of the places.
    ///
    /// - Parameters:
    ///   - basis: what they showed.
    ///   - account: whose keys they see.
    ///   - token: random, for the browser.
    ///   - now: by the ledger's clock.
    /// - Returns: whether there was room.
    func start(_ basis: Session.Basis, of account: AccountID, _ token: String, at now: Timestamp) -> Bool {
        contents.withLock { contents in
            if now >= contents.sweptAt.adding(seconds: Self.sweepPause) || now < contents.sweptAt {
                contents.sweptAt = now
                contents.removeEnded(at: now)
            }
            contents.makeRoom(for: basis.holder(of: account))
            let own = contents.countsByAccount[account, default: 0]
            guard own < Self.alwaysOfAccount || own < most - contents.sessions.count else { return false }
            contents.insert(Session(basis: basis, account: account, startedAt: now, seenAt: now), Self.digest(token))
            return true
        }
    }

    /// `isVisit`: a person's doing, which prolongs the session.
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

    /// As if the form had not been sent: it made nothing.
    func forgetForm(_ commandID: String, _ token: String) {
        _ = contents.withLock { $0.sessions[Self.digest(token)]?.sentForms.remove(commandID) }
    }

    /// Whether the form was sent for the first time.
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

    /// Ends the holder's session that was used longest ago, where they have as many as they may.
    fileprivate mutating func makeRoom(for holder: Session.Holder) {
        guard let own = holders[holder], own.count >= SessionStore.mostOfHolder else { return }
        let ages = own.compactMap { digest in sessions[digest].map { (digest, $0.seenAt) } }
        if let oldest = ages.min(by: { $0.1 < $1.1 }) { remove(oldest.0) }
    }

    fileprivate mutating func removeEnded(at now: Timestamp) {
        for digest in sessions.filter({ !$0.value.isAlive(at: now) }).keys { remove(digest) }
    }
}

extension Session {
    fileprivate func isAlive(at now: Timestamp) -> Bool {
        now < seenAt.adding(seconds: SessionStore.idleLife) && now < startedAt.adding(seconds: SessionStore.longestLife)
    }
}
