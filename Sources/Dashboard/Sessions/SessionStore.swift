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
    /// For how long after its beginning the forms of a session are recognised, whether or not it has ended.
    static let formLifetime = maxLifetime * 2
    private static let maxForms = 100_000
    /// How long a notice waits for its page.
    static let noticeLifetime = Duration.seconds(60)
    /// How often ended sessions are searched for.
    private static let sweepPause = Duration.seconds(60)

    fileprivate struct Contents {
        var sessions: [SHA256Digest: Session] = [:]
        /// The sessions of each holder.
        var holders: [Session.Holder: Set<SHA256Digest>] = [:]
        var countsByAccount: [AccountID: Int] = [:]
        /// The accounts of the sessions that forms were shown in, by the tokens in them.
        var forms: [SHA256Digest: (session: SHA256Digest, account: AccountID, startedAt: Timestamp)] = [:]
        var sweptAt = Timestamp(microseconds: .min)
    }

    /// The number of sessions that all accounts share.
    private let maxSessions: Int
    private let contents = Mutex(Contents())
    private let formToken: @Sendable (String) -> String

    /// Creates an empty store.
    ///
    /// - Parameters:
    ///   - maxSessions: The number of sessions that all accounts share.
    ///   - formToken: Returns the token in the forms of a session by the token of the session.
    init(maxSessions: Int = 50_000, formToken: @escaping @Sendable (String) -> String = { $0 }) {
        self.maxSessions = maxSessions
        self.formToken = formToken
    }

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
            if contents.forms.count < Self.maxForms { contents.forms[Self.digest(formToken(token))] = (Self.digest(token), account, now) }
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

    /// Returns the account of the session in which a form with this token was shown, if that session has ended, not long ago; `nil`
    /// for any other text.
    func accountOfEnded(form token: String, at now: Timestamp) -> AccountID? {
        contents.withLock { contents in
            guard let shown = contents.forms[Self.digest(token)], now < shown.startedAt + Self.formLifetime,
                contents.sessions[shown.session]?.isAlive(at: now) != true
            else { return nil }
            return shown.account
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

    /// Leaves a notice for the page with a path. It replaces one that was not shown.
    ///
    /// - Returns: Whether there is a session to leave it in.
    func leave(_ notice: Notice, forPath path: String, _ token: String, at now: Timestamp) -> Bool {
        contents.withLock { contents in
            let digest = Self.digest(token)
            guard contents.sessions[digest]?.isAlive(at: now) == true else { return false }
            contents.sessions[digest]?.notice = (notice, path, now)
            return true
        }
    }

    /// Takes the notice that was left for the page with a path, so that it is shown once. It is of no use later: what it says may
    /// have changed since.
    func takeNotice(forPath path: String, _ token: String, at now: Timestamp) -> Notice? {
        contents.withLock { contents in
            let digest = Self.digest(token)
            guard let left = contents.sessions[digest]?.notice, left.path == path else { return nil }
            contents.sessions[digest]?.notice = nil
            return now < left.at + Self.noticeLifetime ? left.notice : nil
        }
    }

    /// Changes what a session remembers; nothing where there is none any more.
    func update(_ token: String, _ change: (inout Session) -> Void) {
        contents.withLock { contents in
            let digest = Self.digest(token)
            guard var session = contents.sessions[digest] else { return }
            change(&session)
            contents.sessions[digest] = session
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
        forms = forms.filter { now < $0.value.startedAt + SessionStore.formLifetime }
    }
}

extension Session {
    fileprivate func isAlive(at now: Timestamp) -> Bool {
        now < seenAt + SessionStore.idleLifetime && now < startedAt + SessionStore.maxLifetime
    }
}
