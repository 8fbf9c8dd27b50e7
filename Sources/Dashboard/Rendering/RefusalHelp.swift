internal import KeyEvents
internal import Validation

/// The meaning of a refusal, and what to do about it.
struct RefusalHelp: Sendable {
    let code: String
    let status: Int
    let meaning: String
    let remedy: String

    static func of(_ code: String) -> RefusalHelp? { all.first { $0.code == code } }

    /// Returns what to do about a refusal of a key. A key that was not revoked is refused as revoked for a secret that a newer one has
    /// replaced.
    ///
    /// - Parameters:
    ///   - code: The code of the refusal.
    ///   - state: The key.
    /// - Returns: The remedy; `nil` for an unknown code.
    static func remedy(of code: RefusalCode, in state: KeyState) -> String? {
        let isRevoked = if case .revoked? = state.end { true } else { false }
        if code == .revoked, !isRevoked {
            return "The secret that was sent was replaced by a newer one of this key: put the newest one where the old one was."
        }
        return of(code.name)?.remedy
    }

    /// All that the page explains, by the codes of problem documents.
    static let all = ofKeys + ofCalls

    /// The refusals by verdicts, and the one that is recorded of keys that called Keyledger itself.
    static let ofKeys =
        VerdictCode.allCases.filter { $0 != .valid }.map { code in
            let description = code.description
            return RefusalHelp(
                code: code.rawValue, status: description.status, meaning: description.meaning, remedy: description.remedy)
        } + [
            RefusalHelp(
                code: RefusalCode.permissionDenied.name, status: 403,
                meaning: "The key is good, and was used to call Keyledger for what it may not do.",
                remedy: "Use a key that has the permission; look for whoever calls with this one.")
        ]

    /// The other answers of the listings API. A test holds the table against the description of that API.
    static let ofCalls = [
        RefusalHelp(
            code: "INVALID_JSON", status: 400, meaning: "The body of the call is not valid JSON in UTF-8.",
            remedy: "Look for a comma or a quotation mark that is missing or too much, and save or send the text as UTF-8."),
        RefusalHelp(
            code: "INVALID_FIELD", status: 400,
            meaning: "A field of the body or a parameter of the address is missing, unknown, or has a value that is not taken.",
            remedy: "Correct each field that the answer names in errors: its detail says what belongs there."),
        RefusalHelp(
            code: "UNKNOWN_ROUTE", status: 404, meaning: "There is nothing at this address of the API.",
            remedy: "Compare the path with the documentation: it has no slash at its end, and begins with /v1."),
        RefusalHelp(
            code: "UNKNOWN_LISTING", status: 404, meaning: "The account of the key has no listing with this id.",
            remedy: "Take the id from the list of listings, and use a key of the account that the listing belongs to."),
        RefusalHelp(
            code: "METHOD_NOT_ALLOWED", status: 405, meaning: "The address exists, and does not take this method.",
            remedy: "Use one of the methods that the answer names in its header Allow."),
        RefusalHelp(
            code: "EXTERNAL_ID_TAKEN", status: 409, meaning: "Another listing of the account has this externalId already.",
            remedy: "Change that listing instead of creating one, or choose another externalId."),
        RefusalHelp(
            code: "PRECONDITION_FAILED", status: 412, meaning: "Somebody changed the listing after you had read it.",
            remedy: "Read the listing again, make your change on what it is now, and send its new ETag in If-Match."),
        RefusalHelp(
            code: "CONTENT_TOO_LARGE", status: 413, meaning: "The body of the call is larger than the address takes.",
            remedy: "Send fewer listings in one call."),
        RefusalHelp(
            code: "UNSUPPORTED_MEDIA_TYPE", status: 415, meaning: "The call does not say that its body is JSON.",
            remedy: "Send the header Content-Type: application/json, and the body without compression."),
        RefusalHelp(
            code: "PRECONDITION_REQUIRED", status: 428,
            meaning: "The call changes or deletes a listing and does not say which state of it was seen.",
            remedy: "Send the ETag that came with the listing in the header If-Match; or If-Match: * to change it whatever its state."),
        RefusalHelp(
            code: "RATE_LIMITED", status: 429, meaning: "The key is used too often.",
            remedy: "Wait as many seconds as the header Retry-After says, and call less often."),
        RefusalHelp(
            code: "QUOTA_EXCEEDED", status: 429, meaning: "The quota of the key is used up.",
            remedy: "Wait as long as the header Retry-After says, or ask whoever runs the service for a larger quota."),
        RefusalHelp(
            code: "INTERNAL_ERROR", status: 500, meaning: "The API has a defect; it is not your doing.",
            remedy: "Try again. If it stays, tell whoever operates the API when it happened."),
        RefusalHelp(
            code: "UNAVAILABLE", status: 503, meaning: "Keys cannot be checked now, or the listings cannot be read or changed.",
            remedy: "Nothing is wrong with your key. Try again after as many seconds as the header Retry-After says."),
    ]

    /// The refusals that end where the key is edited.
    private static let curableByEditing: Set = [VerdictCode.insufficientScope.rawValue, VerdictCode.ipNotAllowed.rawValue]

    /// Returns the path of the page on which a key can be given what a refusal says it lacks.
    ///
    /// - Parameters:
    ///   - code: The code of the refusal.
    ///   - key: The key.
    ///   - signedIn: The request of the user who reads of it.
    /// - Returns: The path; `nil` where editing does not help, or the user may not edit, or the key has ended.
    static func editPath(curing code: String, of key: KeyState, for signedIn: SignedInRequest) -> String? {
        guard curableByEditing.contains(code), signedIn.canWrite, !key.status(at: signedIn.now).hasEnded else { return nil }
        return KeyRow.path(of: key.id) + "/edit"
    }
}
