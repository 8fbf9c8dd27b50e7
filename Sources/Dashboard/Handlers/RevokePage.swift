internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// The page that asks before a key is revoked, and says what will break.
struct RevokePage: FormPage {
    let signedIn: SignedInRequest

    init(signedIn: SignedInRequest) throws {
        self.signedIn = signedIn
        try signedIn.caller.require(.keysWrite)
    }

    func show() throws -> Response { try page(reason: signedIn.form["reason"] ?? "", problem: nil) }

    func revoke() async throws -> Response {
        let key = try signedIn.key
        let reason = (signedIn.form["reason"] ?? "").trimmingWhiteSpace
        do {
            let outcome = try await signedIn.ledger.commands.revokeKey(
                key.state.id, reason: reason.isEmpty ? nil : reason, by: signedIn.caller)
            if outcome.isChange { signedIn.rememberEndings(of: [key.state.id]) }
            return signedIn.redirectAfterCommand(to: path(key), notice: outcome.isChange ? .revoked : .endedMeanwhile)
        } catch ServiceError.refused(.invalid(_, let problem)) {
            return try await signedIn.ask { try page(reason: reason, problem: "The reason " + problem) }
        } catch ServiceError.refused(.ended) {
            return signedIn.redirect(to: path(key), notice: .endedMeanwhile)
        }
    }

    private func page(reason: String, problem: String?) throws -> Response {
        let key = try signedIn.key
        let figures = try signedIn.ledger.keys.figures(
            of: key.state.id, per: .hour, from: signedIn.now - .day, to: signedIn.now + .day, for: signedIn.caller)
        let listed = figures.key
        let isFromList = (signedIn.form["from"] ?? signedIn.query["from"]) == "list"
        let recent = figures.buckets.reduce(UInt64(0)) { $0.saturatingAdding($1.counts.uses) }
        let row = KeyRow(listed, at: signedIn.now)
        if row.hasEnded { return signedIn.redirect(to: row.path, notice: signedIn.endedNotice) }
        let uses = listed.usage.counts.uses
        let warning = signedIn.warning(before: .revoking, of: key.state.id)
        let heading: String
        if recent > 0 {
            heading = "This key is in use: \(Format.count(recent, "call")) in the last 24 hours."
        } else {
            heading = uses > 0 ? "This key was not used in the last 24 hours." : "This key has never been used."
        }
        return signedIn.page(
            "revoke", title: "Revoke \(KeyRow.name(listed.key))", status: problem == nil ? .ok : .unprocessableContent,
            row.fields(showsAccount: false).adding([
                "backPath": isFromList ? signedIn.listPath + "#" + row.key.state.id.description : row.path,
                "backText": isFromList ? "API keys" : KeyRow.name(listed.key), "keyPath": row.path, "isFromList": isFromList,
                "revokePath": row.path + "/revoke", "isInUse": recent > 0,
                "impactHeading": heading, "impactText": "Whatever uses it stops working at once, and a revoked key cannot be brought back.",
                "uses24hText": Format.count(recent), "ownKeyWarning": warning, "serviceWarning": row.serviceWarning,
                "canDisable": row.status == .active && warning == nil,
                "reason": reason, "reasonError": problem,
            ]))
    }

    private func path(_ key: DecryptedKey) -> String { KeyRow.path(of: key.state.id) }
}
