package import Validation

/// The ways in which HTTP conveys a verdict on a key to the client that presented the key.
extension Verdict {
    /// The HTTP status for the verdict: 200 for a valid key.
    package var status: Int { isValid ? 200 : ProblemCode(code).status }

    /// Returns the value of `WWW-Authenticate` that belongs to the status, by RFC 6750 section 3, with all scopes that the request
    /// needs; `nil` when the response has no such field.
    package func challenge(asked scopes: [String] = []) -> String? {
        if code == .insufficientScope { return Problem.challenge(error: "insufficient_scope", scopes: scopes) }
        guard status == 401 else { return nil }
        switch code {
        case .missing: return Problem.challenge(error: nil)
        default: return Problem.challenge(error: "invalid_token")
        }
    }
}

extension Problem {
    /// Creates the problem document for a client whose key is refused. `sentence` replaces the verdict's own sentence when there is a
    /// more precise one.
    package init(refusing verdict: Verdict, sentence: String?, asked scopes: [String] = []) {
        self.init(ProblemCode(verdict.code), sentence ?? verdict.message)
        headers[.wwwAuthenticate] = verdict.challenge(asked: scopes)
    }
}
