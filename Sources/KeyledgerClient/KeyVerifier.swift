/// Whoever can say whether a key is good: a ledger over HTTP, one in process, or a stand-in for tests.
public protocol KeyVerifier: Sendable {
    /// The verdict. Unless it is a dry run, the presentation is counted. A key that is not good is a verdict like any other; a throw
    /// means that nothing can be said, and then nobody may be let in.
    func verify(_ verification: Verification) async throws(VerificationError) -> KeyVerdict
}
