/// A component that can say whether a key is good: a ledger over HTTP (`KeyledgerClient`), a ledger in the same process, or a
/// stand-in for tests.
public protocol KeyVerifier: Sendable {
    /// Verifies one key. Unless the request is a dry run, the ledger counts the use. A key that is not good is a verdict like
    /// any other. When this throws there is no verdict, and the caller must not let the call through.
    ///
    /// - Parameter verification: The key and what it is to be checked for.
    /// - Returns: The verdict on the key.
    /// - Throws: `VerificationError` when no verdict could be obtained; its `code` says why, and `isOutage` whether waiting may
    ///   help.
    func verify(_ verification: VerificationRequest) async throws(VerificationError) -> KeyVerdict
}
