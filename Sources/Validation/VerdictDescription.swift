/// The descriptions of the outcomes of a validation, in one table: problem documents, the page's help, the sentences of verdicts and
/// the test of the HTTP interface's description use it.
public struct VerdictDescription: Sendable {
    /// The HTTP status of a response to the client that presented the key.
    public let status: Int
    /// A few words for the title of a problem document.
    public let title: String
    /// What happened and what to do next, in one sentence for the caller, where the verdict tells no more.
    public let sentence: String
    /// What the outcome means, in one sentence for the owner of the key.
    public let meaning: String
    /// What the owner of the key can do about it.
    public let remedy: String
}

extension VerdictCode {
    /// What is said about this outcome.
    public var description: VerdictDescription {
        switch self {
        case .valid:
            VerdictDescription(
                status: 200, title: "The API key is valid", sentence: "The key is valid.", meaning: "The key may do what was asked.",
                remedy: "Nothing needs to be done.")
        case .missing:
            VerdictDescription(
                status: 401, title: "No API key was sent",
                sentence: "No API key was sent; send it as “Authorization: Bearer <key>” or “X-API-Key: <key>”.",
                meaning: "The request carries no API key.",
                remedy: "Send the key in the header: Authorization: Bearer, then a space, then the whole key.")
        case .badHeader:
            VerdictDescription(
                status: 400, title: "The API key was not sent as it should be",
                sentence: "Send exactly one API key, as “Authorization: Bearer <key>” or “X-API-Key: <key>”.",
                meaning: "The header has another form than expected, or there are two keys in one request.",
                remedy: "Send exactly one key, as Authorization: Bearer <key> or X-API-Key: <key>, and never in the address.")
        case .malformed:
            VerdictDescription(
                status: 401, title: "The API key is incomplete or mistyped",
                sentence: "You did not send the complete key, or it was mistyped; copy the whole key again.",
                meaning: "The key is incomplete or mistyped.",
                remedy: "Copy the whole key again. If you no longer have all of it, create a new key.")
        case .notFound:
            VerdictDescription(
                status: 401, title: "The API key is unknown",
                sentence: "There is no such key; check that you use the right key for this environment, or create a new one.",
                meaning: "There is no such key, or not in this environment.",
                remedy: "Check that you use the right key, live or test; otherwise create a new one.")
        case .revoked:
            VerdictDescription(
                status: 401, title: "The API key was revoked", sentence: "The key was revoked; create a new key and use that one.",
                meaning: "The key was revoked, for good.",
                remedy: "Create a new key, put it where the old one was, and look for whatever still sends the old one.")
        case .expired:
            VerdictDescription(
                status: 401, title: "The API key has expired", sentence: "The key expired; create a new key and use that one.",
                meaning: "The key's time is over.", remedy: "Create a new key. If it should last longer, choose a later expiry.")
        case .disabled:
            VerdictDescription(
                status: 401, title: "The API key is disabled",
                sentence: "The key is disabled; ask the owner of the account to enable it.",
                meaning: "Somebody disabled the key for the time being.",
                remedy: "Enable it on the key's page, if that is meant to be.")
        case .ipNotAllowed:
            VerdictDescription(
                status: 403, title: "The API key may not be used from here",
                sentence: "The key may not be used from this address; call from an allowed one, or change the key's IP allowlist.",
                meaning: "The key is good, but may not be used from this address.",
                remedy: "Call from an address on the key's IP allowlist, or change the list.")
        case .insufficientScope:
            VerdictDescription(
                status: 403, title: "The API key lacks a scope", sentence: "The key does not have a scope that this call needs.",
                meaning: "The key is good, but may not do this.",
                remedy: "Add the scope to the key, on its page or by API, or use a key that has it.")
        }
    }
}
