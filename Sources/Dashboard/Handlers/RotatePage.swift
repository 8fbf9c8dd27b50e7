internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// The page that guides through giving a key a new secret, and shows it once.
struct RotatePage: Sendable {
    /// What happens to the current secret.
    private enum Choice: String, CaseIterable {
        case day, week, firstUse, now

        var label: String {
            switch self {
            case .day: "Keep the current secret for 24 hours"
            case .week: "Keep the current secret for 7 days"
            case .firstUse: "Keep the current secret until the new one is first used"
            case .now: "End the current secret now"
            }
        }

        var hint: String {
            switch self {
            case .day: "Time to put the new one where the old one is"
            case .week: "For systems that take longer to change"
            case .firstUse: "For a single system: it changes over by itself"
            case .now: "If it leaked. Whatever uses it stops working at once"
            }
        }

        var olderRetires: Rotation.OlderRetires {
            switch self {
            case .day: .after(Rotation.defaultGrace)
            case .week: .after(Rotation.defaultGrace * 7)
            case .firstUse: .whenNewerIsUsed
            case .now: .now
            }
        }
    }

    let visit: Visit

    init(visit: Visit) throws {
        self.visit = visit
        try visit.caller.require(.keysWrite)
    }

    func show() throws -> Response { try page(reason: "", problem: nil) }

    private func page(reason: String, problem: String?) throws -> Response {
        let key = try visit.key
        let listed = try visit.ledger.keys.usage(of: key.state.id, for: visit.caller)
        let row = KeyRow(listed, at: visit.now)
        if row.hasEnded { return Dashboard.redirect(to: row.path + "?done=" + Notice.ended.rawValue) }
        let live = key.state.secrets.filter { $0.isLive(at: visit.now) }
        let isNewestUsed = live.last.map { listed.usage.secretUses[$0.record.id] != nil } ?? true
        let choices = Choice.allCases.map {
            ["choiceValue": $0.rawValue, "choiceLabel": $0.label, "choiceHint": $0.hint, "choiceChecked": $0 == .day] as Fields
        }
        let goesOn = live.count > 1 && !isNewestUsed ? live.first?.retirement : nil
        return visit.page(
            "rotate", title: "Rotate \(KeyRow.name(listed.key))", status: problem == nil ? .ok : .unprocessableContent,
            row.fields(showsAccount: false).adding([
                "backPath": row.path, "backText": KeyRow.name(listed.key), "rotatePath": row.path + "/rotate",
                "commandId": visit.dashboard.tokens.make(), "choices": choices,
                "replacesUnused": live.count > 1 && !isNewestUsed ? live.last?.record.hint : nil,
                "promisedEnd": goesOn.map(Self.end), "reason": reason, "reasonError": problem,
                "endsOldest": live.count > 1 && isNewestUsed ? live.first?.record.hint : nil,
                "secrets": live.map {
                    SecretRow($0, of: key.state, lastUsedAt: listed.usage.secretUses[$0.record.id], at: visit.now).fields
                },
            ]))
    }

    func rotate() async throws -> Response {
        guard let commandID = visit.form["commandId"], (16...64).contains(commandID.utf8.count),
            let choice = visit.form["older"].flatMap(Choice.init)
        else { throw PageProblem.foreignForm }
        let id = try visit.key.state.id
        let path = Dashboard.base + "/keys/" + id.description
        do {
            let (outcome, secret) = try await visit.ledger.commands.rotateKey(
                id, olderRetires: choice.olderRetires, extendsGrace: choice != .now && visit.form["extend"] != nil,
                reason: visit.form.reason,
                by: visit.caller, commandID: commandID)
            return visit.page(
                "rotated", title: secret == nil ? "Rotated already" : "Your new secret",
                [
                    "name": KeyRow.name(outcome.key), "keyPath": path, "rotatePath": path + "/rotate", "secret": secret?.reveal(),
                    "curlUrl": visit.dashboard.settings.exampleURL, "olderText": older(outcome.key.state),
                ])
        } catch ServiceError.refused(.invalid("reason", let problem)) {
            return try await visit.ask { try page(reason: visit.form.reason ?? "", problem: "The reason " + problem) }
        } catch ServiceError.commandIDReused, ServiceError.commandIDForgotten {
            return Dashboard.redirect(to: path)
        } catch ServiceError.refused(.ended) {
            return Dashboard.redirect(to: path + "?done=" + Notice.ended.rawValue)
        }
    }

    private func older(_ state: KeyState) -> String {
        guard let older = state.secrets.last(where: { $0.status(at: visit.now) == .retiring }), let retirement = older.retirement else {
            return "All older secrets have ended: whatever uses one fails until it has this one."
        }
        return "The one before, \(older.record.hint), works \(Self.end(retirement)). Replace it by then."
    }

    private static func end(_ retirement: SecretRetirement) -> String {
        switch retirement {
        case .at(let date): "until \(Shown.time(date))"
        case .whenNewerIsUsed: "until this one is first used"
        case .whenNewerIsUsedOrAt(let date): "until this one is first used, at the latest until \(Shown.time(date))"
        }
    }
}
