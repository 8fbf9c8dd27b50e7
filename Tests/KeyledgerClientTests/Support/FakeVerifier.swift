import KeyledgerClient
import Synchronization

/// Answers as it is told, and remembers what it was asked.
final class FakeVerifier: KeyVerifier {
    private let answer: Result<KeyVerdict, VerificationError>
    private let questions = Mutex<[VerificationRequest]>([])

    init(_ answer: KeyVerdict) { self.answer = .success(answer) }

    init(_ error: VerificationError) { answer = .failure(error) }

    var asked: [VerificationRequest] { questions.withLock { $0 } }

    func verify(_ verification: VerificationRequest) async throws(VerificationError) -> KeyVerdict {
        questions.withLock { $0.append(verification) }
        return try answer.get()
    }
}

extension KeyIdentity {
    static let acme = KeyIdentity(id: "key_1", accountID: "acme", name: "sync", scopes: ["listings:read"])
}
