internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Validation

/// The page that explains each refusal, and checks the header of a request that failed. A pasted header is neither stored,
/// logged, counted nor shown again.
struct TroubleshootingPage: Sendable {
    private static let maxTextBytes = 8192

    let signedIn: SignedInRequest

    func show() -> Response { page([:]) }

    func diagnose() throws -> Response {
        let text = signedIn.form["requestHeader"] ?? ""
        guard !text.trimmingWhiteSpace.isEmpty else {
            return page(["headerError": "Paste the header first."], status: .unprocessableContent)
        }
        guard text.utf8.count <= Self.maxTextBytes else {
            return page(["headerError": "That is too long for a header; paste the one line with the key."], status: .unprocessableContent)
        }
        return page(["result": try result(PastedHeader(text))])
    }

    private func page(_ fields: TemplateContext, status: HTTPResponse.Status = .ok) -> Response {
        let codes = RefusalHelp.all.map {
            [
                "refusalCode": $0.code, "refusalStatus": String($0.status), "refusalMeaning": $0.meaning, "refusalRemedy": $0.remedy,
            ] as TemplateContext
        }
        return signedIn.page(
            "troubleshooting", title: "Troubleshooting", status: status,
            fields.adding(["isTroubleshootingPage": true, "codes": codes]))
    }

    private enum State: String {
        case ok, wrong, skipped

        var text: String {
            switch self {
            case .ok: "OK"
            case .wrong: "Wrong"
            case .skipped: "Not reached"
            }
        }
    }

    /// Checks format, completeness, status and expiry, in the order in which the service checks them; checks after a fault are
    /// skipped.
    private func result(_ header: PastedHeader) throws -> TemplateContext {
        guard let secret = header.secret else {
            return answer(
                "The header is wrong: the service finds no key in it.",
                [("Header format", .wrong, header.problem ?? "")] + skipped(["Completeness", "Status", "Expiry"]))
        }
        let format: (String, State, String) =
            header.problem.map { ("Header format", .wrong, $0) } ?? ("Header format", .ok, "This is how a key is sent.")
        let verdict = try signedIn.ledger.verifier.evaluate(secret, AccessCheck(account: signedIn.caller.visibleAccount))
        if verdict.code == .malformed {
            let sentence = signedIn.ledger.verifier.malformedMessage(secret) ?? verdict.message
            return answer(
                "You did not send the complete key.",
                [format, ("Completeness", .wrong, sentence)] + skipped(["Status", "Expiry"]))
        }
        let complete: (String, State, String) = ("Completeness", .ok, "The key is complete.")
        guard let known = verdict.key, verdict.code != .notFound else {
            return answer(
                "There is no such key.",
                [format, complete, ("Status", .wrong, "No key of yours is this one. Check that it is the right one, or create a new one.")]
                    + skipped(["Expiry"]))
        }
        let key = try signedIn.ledger.keys.decryptedKey(known.id, for: signedIn.caller)
        signedIn.noteReading(.keys, of: [key.state.accountID])
        return answer(about: key, format: format, complete: complete)
    }

    private func answer(about key: DecryptedKey, format: (String, State, String), complete: (String, State, String)) -> TemplateContext {
        let status = key.state.status(at: signedIn.now)
        let expiry: (String, State, String) =
            switch (key.state.expiresAt, status) {
            case (let date?, .expired): ("Expiry", .wrong, "The key expired on \(Format.time(date)). Create a new one.")
            case (let date?, _): ("Expiry", .ok, "The key expires on \(Format.time(date)).")
            case (nil, _): ("Expiry", .ok, "The key does not expire.")
            }
        let standing: (String, State, String)
        let overall: String
        switch status {
        case .active:
            standing = ("Status", .ok, "The key is active.")
            overall =
                format.1 == .ok
                ? "This key works. If requests still fail, they lack a scope, or go to another environment."
                : "The key works; the header is wrong."
        case .expired:
            standing = ("Status", .ok, "The key was neither revoked nor disabled.")
            overall = "The key has expired."
        case .revoked:
            standing = ("Status", .wrong, "The key was revoked, for good. Create a new one.")
            overall = "The key was revoked."
        case .disabled:
            standing = ("Status", .wrong, "The key is disabled. Enable it on its page.")
            overall = "The key is disabled."
        }
        let checks = [format, complete, standing] + (status == .revoked ? [("Expiry", .skipped, "")] : [expiry])
        var fields = answer(overall, checks)
        fields["resultGood"] = status == .active && format.1 == .ok
        fields["resultKeyPath"] = Dashboard.base + "/keys/" + key.state.id.description
        fields["resultKeyName"] = KeyRow.name(key)
        return fields
    }

    private func skipped(_ labels: [String]) -> [(String, State, String)] { labels.map { ($0, .skipped, "") } }

    private func answer(_ overall: String, _ checks: [(String, State, String)]) -> TemplateContext {
        [
            "resultGood": false, "overallText": overall,
            "checks": checks.map {
                ["checkLabel": $0, "checkState": $1.rawValue, "checkStateText": $1.text, "checkText": $2] as TemplateContext
            },
        ]
    }
}
