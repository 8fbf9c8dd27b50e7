import KeyledgerClient

/// Takes a key for the name of its account, with the scopes behind a slash, and perhaps an environment behind another: `acme/rw`,
/// `acme/rw/test`.
struct ByAccount: KeyVerifier {
    static let down = VerificationError(.unreachable, "away")

    var error: VerificationError?

    func verify(_ verification: VerificationRequest) async throws(VerificationError) -> KeyVerdict {
        if let error { throw error }
        let parts = verification.key.reveal().split(separator: "/")
        let environment = parts.count > 2 ? String(parts[2]) : "live"
        guard (2...3).contains(parts.count), (verification.environment ?? environment) == environment else {
            return .refused(.notFound, message: "There is no such key.")
        }
        if parts[1] == "limited" { return .refused(.rateLimited, message: "Too many calls.", retryAfter: .seconds(3)) }
        let scopes = [("r", "listings:read"), ("w", "listings:write")].filter { parts[1].contains($0.0) }.map(\.1)
        guard verification.scopes.allSatisfy(scopes.contains) else { return .refused(.insufficientScope, message: "A scope is missing.") }
        return .valid(KeyIdentity(id: "key_" + parts[0], accountID: String(parts[0]), scopes: scopes))
    }
}
