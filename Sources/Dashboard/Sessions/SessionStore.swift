internal import Crypto
internal import KeyEvents
internal import Synchronization

/// Who is signed in, in memory: a restart signs everybody out. What the browser holds is a random token; here only its digest
/// is kept.
final class SessionStore: Sendable {
    /// In seconds: without a visit, and at most.
    static let idleLife: Int64 = 2 * 3600
    static let longestLife: Int64 = 12 * 3600
    private static let mostSessions = 50_000

    private let sessions = Mutex<[SHA256Digest: Session]>([:])

    /// `token`: random, for the browser.
    func start(_ basis: Session.Basis, _ token: String, at now: Timestamp) {
        sessions.withLock { sessions in
            if sessions.count >= Self.mostSessions {
                sessions = sessions.filter { Self.isAlive($0.value, now) }
                // Still too many: whoever was here longest ago signs in again.
                if sessions.count >= Self.mostSessions, let oldest = sessions.min(by: { $0.value.seenAt < $1.value.seenAt }) {
                    sessions[oldest.key] = nil
                }
            }
            sessions[Self.digest(token)] = Session(basis: basis, startedAt: now, seenAt: now)
        }
    }

    /// `isVisit`: a person's doing, which prolongs the session.
    func session(_ token: String, at now: Timestamp, isVisit: Bool) -> Session? {
        sessions.withLock { sessions in
            let digest = Self.digest(token)
            guard var session = sessions[digest] else { return nil }
            guard Self.isAlive(session, now) else {
                sessions[digest] = nil
                return nil
            }
            if isVisit {
                session.seenAt = now
                sessions[digest] = session
            }
            return session
        }
    }

    func end(_ token: String) { sessions.withLock { $0[Self.digest(token)] = nil } }

    /// As if the form had not been sent: it made nothing.
    func forgetForm(_ commandID: String, _ token: String) {
        _ = sessions.withLock { $0[Self.digest(token)]?.sentForms.remove(commandID) }
    }

    /// Whether the form was sent for the first time.
    func noteForm(_ commandID: String, _ token: String) -> Bool {
        sessions.withLock { sessions in
            sessions[Self.digest(token)]?.sentForms.insert(commandID).inserted ?? true
        }
    }

    private static func isAlive(_ session: Session, _ now: Timestamp) -> Bool {
        now < session.seenAt.adding(seconds: idleLife) && now < session.startedAt.adding(seconds: longestLife)
    }

    private static func digest(_ token: String) -> SHA256Digest { SHA256.hash(data: Array(token.utf8)) }
}
