internal import KeyEvents
internal import Validation

/// Describes in one sentence why a verdict is what it is.
enum VerdictReason {
    static func sentence(_ verdict: Verdict, _ accessCheck: AccessCheck, _ state: KeyState) -> String {
        switch verdict.code {
        case .valid:
            var words = "The secret was in force, and the key had neither ended nor was it disabled"
            if state.sealedAllowlist != nil { words += "; the call came from an address that its IP allowlist holds" }
            if !accessCheck.scopes.isEmpty { words += "; its scopes permitted all that was asked for" }
            return words + "."
        case .notFound:
            return "The key belongs to the environment “\(state.environment)”, and the call to “\(accessCheck.environment ?? "")”."
        case .revoked:
            if verdict.key?.isSecretRetired == true { return "The secret had ended: a newer one of the key had taken its place." }
            return "The key had been revoked."
        case .expired:
            if case .expired(let time)? = state.end { return "The key had expired, as was recorded at \(time)." }
            return "The key's expiry, \(state.expiresAt?.description ?? "unknown"), had passed at \(verdict.decidedAt)."
        case .disabled: return "The key was disabled."
        case .ipNotAllowed where verdict.isAddressUnknown:
            return "The key had an IP allowlist, and from which address the call came was not told."
        case .ipNotAllowed: return "The key had an IP allowlist, which did not hold the address that the call came from."
        case .insufficientScope: return "No scope of the key permitted “\(verdict.missingScope ?? "")”, which was asked for."
        case .missing, .badHeader, .malformed: return verdict.message
        }
    }
}
