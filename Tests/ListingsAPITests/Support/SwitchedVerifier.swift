import Foundation
import KeyledgerClient
import Synchronization

/// As `ByAccount`, but can go away, or refuse everything.
final class SwitchedVerifier: KeyVerifier {
    let isDown = Mutex(false)
    let isRevoked = Mutex(false)

    func verify(_ verification: VerificationRequest) async throws(VerificationError) -> KeyVerdict {
        if isDown.withLock({ $0 }) { throw ByAccount.down }
        if isRevoked.withLock({ $0 }) { return .refused(.revoked, message: "Revoked.") }
        return try await ByAccount().verify(verification)
    }
}
