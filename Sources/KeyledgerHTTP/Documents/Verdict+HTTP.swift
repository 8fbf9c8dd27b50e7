internal import HTTPTypes
internal import Validation

/// How a verdict on a key is told over HTTP to whoever presented the key.
extension Verdict {
    /// 200 for a key that is good.
    var status: HTTPResponse.Status { isValid ? .ok : ProblemCode(code).status }

    /// The value of `WWW-Authenticate` that goes with the status, by RFC 6750 section 3, with all scopes that the request needs; `nil` where
    /// none does.
    func challenge(asked scopes: [String] = []) -> String? {
        if code == .insufficientScope {
            return Problem.challenge(error: "insufficient_scope") + (scopes.isEmpty ? "" : ", scope=\"\(scopes.joined(separator: " "))\"")
        }
        guard status == .unauthorized else { return nil }
        switch code {
        case .missing: return Problem.challenge(error: nil)
        default: return Problem.challenge(error: "invalid_token")
        }
    }
}

extension Problem {
    /// Why a key is refused to whoever presented it. `sentence`: a better one than the verdict's own, where there is one.
    init(refusing verdict: Verdict, sentence: String?, asked scopes: [String] = []) {
        self.init(ProblemCode(verdict.code), sentence ?? verdict.message)
        headers[.wwwAuthenticate] = verdict.challenge(asked: scopes)
    }
}
