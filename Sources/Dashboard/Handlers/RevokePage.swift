internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// The page that asks before a key is revoked, and says what will break.
struct RevokePage: Sendable {
    private static let day = Duration.seconds(86_400)

    let signedIn: SignedInRequest

    init(signedIn: SignedInRequest) throws {
        self.signedIn = signedIn
        try signedIn.caller.require(.keysWrite)
    }

    func show() throws -> Response { try page(reason: "", problem: nil) }

    func revoke() async throws -> Response {
        let key = try signedIn.key
        let reason = (signedIn.form["reason"] ?? "").trimmingWhiteSpace
        do {
            let outcome = try await signedIn.ledger.commands.revokeKey(
                key.state.id, reason: reason.isEmpty ? nil : reason, by: signedIn.caller)
            return Dashboard.redirect(to: path(key) + "?done=" + (outcome.isChange ? Notice.revoked : .ended).rawValue)
        } catch ServiceError.refused(.invalid(_, let problem)) {
            return try await signedIn.ask { try page(reason: reason, problem: "The reason " + problem) }
        } catch ServiceError.refused(.ended) {
            return Dashboard.redirect(to: path(key) + "?done=" + Notice.ended.rawValue)
        }
    }

    private func page(reason: String, problem: String?) throws -> Response {
        let key = try signedIn.key
        let listed = try signedIn.ledger.keys.usage(of: key.state.id, for: signedIn.caller)
        let recent = try signedIn.ledger.events.uses(of: key.state.id, since: signedIn.now - Self.day, for: signedIn.caller)
        let row = KeyRow(listed, at: signedIn.now)
        if row.hasEnded { return Dashboard.redirect(to: row.path + "?done=" + Notice.ended.rawValue) }
        let uses = listed.usage.counts.uses
        let heading: String
        if recent > 0 {
            heading = "This key is in use: \(Format.count(recent, "call")) in the last 24 hours."
        } else {
            heading = uses > 0 ? "This key was not used in the last 24 hours." : "This key has never been used."
        }
        return signedIn.page(
            "revoke", title: "Revoke \(KeyRow.name(listed.key))", status: problem == nil ? .ok : .unprocessableContent,
            row.fields(showsAccount: false).adding([
                "backPath": row.path, "backText": KeyRow.name(listed.key), "revokePath": row.path + "/revoke", "isInUse": recent > 0,
                "impactHeading": heading, "impactText": "Whatever uses it stops working at once, and a revoked key cannot be brought back.",
                "uses24hText": Format.count(recent), "canDisable": row.status == .active, "reason": reason, "reasonError": problem,
            ]))
    }

    private func path(_ key: DecryptedKey) -> String { Dashboard.base + "/keys/" + key.state.id.description }
}
