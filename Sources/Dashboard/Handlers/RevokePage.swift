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

    let visit: Visit

    init(visit: Visit) throws {
        self.visit = visit
        try visit.caller.require(.keysWrite)
    }

    func show() throws -> Response { try page(reason: "", problem: nil) }

    func revoke() async throws -> Response {
        let key = try visit.key
        let reason = (visit.form["reason"] ?? "").trimmingWhiteSpace
        do {
            let outcome = try await visit.ledger.commands.revokeKey(key.state.id, reason: reason.isEmpty ? nil : reason, by: visit.caller)
            return Dashboard.redirect(to: path(key) + "?done=" + (outcome.isChange ? Notice.revoked : .ended).rawValue)
        } catch ServiceError.refused(.invalid(_, let problem)) {
            return try await visit.ask { try page(reason: reason, problem: "The reason " + problem) }
        } catch ServiceError.refused(.ended) {
            return Dashboard.redirect(to: path(key) + "?done=" + Notice.ended.rawValue)
        }
    }

    private func page(reason: String, problem: String?) throws -> Response {
        let key = try visit.key
        let listed = try visit.ledger.keys.usage(of: key.state.id, for: visit.caller)
        let recent = try visit.ledger.events.uses(of: key.state.id, since: visit.now - Self.day, for: visit.caller)
        let row = KeyRow(listed, at: visit.now)
        if row.hasEnded { return Dashboard.redirect(to: row.path + "?done=" + Notice.ended.rawValue) }
        let uses = listed.usage.counts.uses
        let heading: String
        if recent > 0 {
            heading = "This key is in use: \(Shown.count(recent, "call")) in the last 24 hours."
        } else {
            heading = uses > 0 ? "This key was not used in the last 24 hours." : "This key has never been used."
        }
        return visit.page(
            "revoke", title: "Revoke \(KeyRow.name(listed.key))", status: problem == nil ? .ok : .unprocessableContent,
            row.fields(showsAccount: false).adding([
                "backPath": row.path, "backText": KeyRow.name(listed.key), "revokePath": row.path + "/revoke", "isInUse": recent > 0,
                "impactHeading": heading, "impactText": "Whatever uses it stops working at once, and a revoked key cannot be brought back.",
                "uses24hText": Shown.count(recent), "canDisable": row.status == .active, "reason": reason, "reasonError": problem,
            ]))
    }

    private func path(_ key: KeyView) -> String { Dashboard.base + "/keys/" + key.state.id.description }
}
