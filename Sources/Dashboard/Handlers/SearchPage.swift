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

    func answer() throws -> Response {
        let text = (signedIn.form["q"] ?? "").trimmingWhiteSpace
        if let pasted = try signedIn.ledger.commands.misplacedSecret(in: text) { return try answer(about: pasted, in: text) }
        let account = (signedIn.form["account"] ?? "").trimmingWhiteSpace
        let address = ListAddress(signedIn.form, isOperator: signedIn.isOperator)
        guard !signedIn.isOperator || account.isEmpty || address.account != nil else {
            return signedIn.redirect(to: address.path, notice: .notAnAccount)
        }
        return Dashboard.redirect(to: address.path)
    }

    /// Answers a search that is kept. One whose text was not kept leads to the list as it was, and says so.
    func answerKept(_ kept: KeptForm) throws -> Response {
        guard !kept.isWhole else { return try answer() }
        return signedIn.redirect(to: ListAddress(signedIn.form, isOperator: signedIn.isOperator).path, notice: kept.notice)
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
                "keyPath": KeyRow.path(of: key.state.id), "name": KeyRow.name(key), "status": status.rawValue,
                "statusText": KeyRow.statusText(status), "hint": pasted.hint,
                "account": signedIn.isOperator ? key.state.accountID.description : nil,
            ])
    }

    private func page(_ heading: String, _ text: String?, _ key: TemplateContext? = nil) -> Response {
        signedIn.page(
            "found", title: heading,
            ["isKeysPage": true, "backPath": signedIn.listPath, "backText": "API keys", "heading": heading, "text": text, "found": key])
    }
}
