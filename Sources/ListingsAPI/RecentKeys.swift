internal import Foundation
internal import KeyledgerClient
internal import Synchronization

/// A verifier that remembers for a short time which keys were good for what, for operators who prefer answering reads to
/// counting them while the ledger is unavailable. The keys are kept in memory only; a key that the ledger refuses is forgotten
/// at once.
final class RecentKeys: KeyVerifier {
    /// The maximum age of a verdict, in seconds.
    private static let maxAgeSeconds: TimeInterval = 300
    private static let maxAnswers = 10_000

    private struct CacheKey: Hashable {
        let key: APIKey
        let scopes: [String]
        let environment: String?
        /// The client's address, because a key may be restricted to some addresses.
        let clientAddress: String?
    }

    private typealias Answer = (key: KeyIdentity, at: Date)

    private let verifier: any KeyVerifier
    private let now: @Sendable () -> Date
    private let answers = Mutex<[CacheKey: Answer]>([:])

    init(_ verifier: any KeyVerifier, now: @escaping @Sendable () -> Date) {
        self.verifier = verifier
        self.now = now
    }

    func verify(_ verification: VerificationRequest) async throws(VerificationError) -> KeyVerdict {
        let verdict = try await verifier.verify(verification)
        let time = now()
        answers.withLock { answers in
            guard let key = verdict.key, verdict.isValid else {
                // The key is not good for this, or not good any more. To be safe it counts as good for nothing.
                answers = answers.filter { $0.key.key != verification.key }
                return
            }
            if answers.count >= Self.maxAnswers { answers = answers.filter { Self.isFresh($0.value, time) } }
            if answers.count < Self.maxAnswers { answers[Self.question(verification)] = (key, time) }
        }
        return verdict
    }

    /// Decides about a call while there are no verdicts: returns the caller to let through, or `nil`.
    @Sendable func decide(_ verification: VerificationRequest, _ error: VerificationError) async -> KeyCaller? {
        guard ["GET", "HEAD"].contains(verification.method) else { return nil }
        let time = now()
        return answers.withLock { answers in
            guard let answer = answers[Self.question(verification)], Self.isFresh(answer, time) else { return nil }
            return .verified(answer.key)
        }
    }

    private static func question(_ verification: VerificationRequest) -> CacheKey {
        CacheKey(
            key: verification.key, scopes: verification.scopes, environment: verification.environment,
            clientAddress: verification.clientAddress)
    }

    private static func isFresh(_ answer: Answer, _ now: Date) -> Bool {
        let age = now.timeIntervalSince(answer.at)
        return (0...maxAgeSeconds).contains(age) && (answer.key.expiresAt.map { $0 > now } ?? true)
    }
}
