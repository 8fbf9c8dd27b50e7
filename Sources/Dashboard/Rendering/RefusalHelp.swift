/// The meaning of a refusal, and what to do about it.
struct RefusalHelp: Sendable {
    let code: String
    let status: Int
    let meaning: String
    let remedy: String

    static func of(_ code: String) -> RefusalHelp? { all.first { $0.code == code } }

    static let all = [
        RefusalHelp(
            code: "MISSING", status: 401, meaning: "The request carries no API key.",
            remedy: "Send the key in the header: Authorization: Bearer, then a space, then the whole key."),
        RefusalHelp(
            code: "BAD_HEADER", status: 400, meaning: "The header has another form than expected, or there are two keys in one request.",
            remedy: "Send exactly one key, as Authorization: Bearer <key> or X-API-Key: <key>, and never in the address."),
        RefusalHelp(
            code: "MALFORMED", status: 401, meaning: "The key is incomplete or mistyped.",
            remedy: "Copy the whole key again. If you no longer have all of it, create a new key."),
        RefusalHelp(
            code: "NOT_FOUND", status: 401, meaning: "There is no such key, or not in this environment.",
            remedy: "Check that you use the right key, live or test; otherwise create a new one."),
        RefusalHelp(
            code: "REVOKED", status: 401, meaning: "The key was revoked, for good.",
            remedy: "Create a new key, put it where the old one was, and look for whatever still sends the old one."),
        RefusalHelp(
            code: "EXPIRED", status: 401, meaning: "The key's time is over.",
            remedy: "Create a new key. If it should last longer, choose a later expiry."),
        RefusalHelp(
            code: "DISABLED", status: 401, meaning: "Somebody disabled the key for the time being.",
            remedy: "Enable it on the key's page, if that is meant to be."),
        RefusalHelp(
            code: "IP_NOT_ALLOWED", status: 403, meaning: "The key is good, but may not be used from this address.",
            remedy: "Call from an address on the key's IP allowlist, or change the list."),
        RefusalHelp(
            code: "INSUFFICIENT_SCOPE", status: 403, meaning: "The key is good, but may not do this.",
            remedy: "Use a key that has the scope, or create one that has it."),
        RefusalHelp(
            code: "PERMISSION_DENIED", status: 403, meaning: "The key is good, and was used to call Keyledger for what it may not do.",
            remedy: "Use a key that has the permission; look for whoever calls with this one."),
    ]
}
