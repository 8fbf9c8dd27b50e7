internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Validation

/// The search for a key. Its form is posted, since people paste keys into it and addresses are stored in many places: a pasted
/// key is identified here, without being shown, stored, logged or counted; any other text is passed on to the list.
struct SearchPage: Sendable {
    let signedIn: SignedInRequest

    func answer() async throws -> Response {
        let text = (signedIn.form["q"] ?? "").trimmingWhiteSpace
        if let pasted = try signedIn.ledger.commands.misplacedSecret(in: text) { return try answer(about: pasted, in: text) }
        var parameters = KeysPage.listParameters.compactMap { name in signedIn.form[name].map { (name, $0) } }
        if !text.isEmpty { parameters.insert(("q", String(text.prefix(KeysPage.maxSearchLength))), at: 0) }
        let query = parameters.map { "\($0)=\(Form.encode($1))" }.joined(separator: "&")
        return Dashboard.redirect(to: Dashboard.base + (query.isEmpty ? "" : "?" + query))
    }

    private func answer(about pasted: MisplacedSecret, in text: String) throws -> Response {
        let secret = pasted.secret?.reveal() ?? text
        let verdict = try signedIn.ledger.verifier.evaluate(secret, AccessCheck(account: signedIn.caller.visibleAccount))
        if verdict.code == .malformed {
            let sentence = signedIn.ledger.verifier.malformedMessage(secret) ?? verdict.message
            return page("This is not a complete key", sentence)
        }
        // Another account's key is as unknown as a key that does not exist.
        guard let known = verdict.key, verdict.code != .notFound else {
            return page("No key of yours is this one", "It is complete, but nothing here was ever opened with it.")
        }
        let key = try signedIn.ledger.keys.decryptedKey(known.id, for: signedIn.caller)
        signedIn.noteReading(.keys, of: [key.state.accountID])
        let status = key.state.status(at: signedIn.now)
        return page(
            "This is a key of yours",
            known.isSecretRetired ? "What you pasted is a secret of it that was replaced by a newer one: it is refused." : nil,
            [
                "keyPath": Dashboard.base + "/keys/" + key.state.id.description, "name": KeyRow.name(key), "status": status.rawValue,
                "statusText": KeyRow.statusText(status), "hint": pasted.hint,
                "account": signedIn.isOperator ? key.state.accountID.description : nil,
            ])
    }

    private func page(_ heading: String, _ text: String?, _ key: TemplateContext? = nil) -> Response {
        signedIn.page(
            "found", title: heading,
            ["isKeysPage": true, "backPath": Dashboard.base, "backText": "API keys", "heading": heading, "text": text, "found": key])
    }
}
