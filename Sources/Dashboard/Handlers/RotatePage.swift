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

    let signedIn: SignedInRequest

    init(signedIn: SignedInRequest) throws {
        self.signedIn = signedIn
        try signedIn.caller.require(.keysWrite)
    }

    func show() throws -> Response { try page(reason: "", problem: nil) }

    private func page(reason: String, problem: String?) throws -> Response {
        let key = try signedIn.key
        let listed = try signedIn.ledger.keys.usage(of: key.state.id, for: signedIn.caller)
        let row = KeyRow(listed, at: signedIn.now)
        if row.hasEnded { return Dashboard.redirect(to: row.path + "?done=" + Notice.ended.rawValue) }
        let live = key.state.secrets.filter { $0.isLive(at: signedIn.now) }
        let isNewestUsed = live.last.map { listed.usage.secretUses[$0.record.id] != nil } ?? true
        let choices = Choice.allCases.map {
            ["choiceValue": $0.rawValue, "choiceLabel": $0.label, "choiceHint": $0.hint, "choiceChecked": $0 == .day] as TemplateContext
        }
        let goesOn = live.count > 1 && !isNewestUsed ? live.first?.retirement : nil
        return signedIn.page(
            "rotate", title: "Rotate \(KeyRow.name(listed.key))", status: problem == nil ? .ok : .unprocessableContent,
            row.fields(showsAccount: false).adding([
                "backPath": row.path, "backText": KeyRow.name(listed.key), "rotatePath": row.path + "/rotate",
                "commandId": signedIn.dashboard.tokens.make(), "choices": choices,
                "replacesUnused": live.count > 1 && !isNewestUsed ? live.last?.record.hint : nil,
                "promisedEnd": goesOn.map(Self.end), "reason": reason, "reasonError": problem,
                "endsOldest": live.count > 1 && isNewestUsed ? live.first?.record.hint : nil,
                "secrets": live.map {
                    SecretRow($0, of: key.state, lastUsedAt: listed.usage.secretUses[$0.record.id], at: signedIn.now).fields
                },
            ]))
    }

    func rotate() async throws -> Response {
        guard let commandID = signedIn.form["commandId"], (16...64).contains(commandID.utf8.count),
            let choice = signedIn.form["older"].flatMap(Choice.init)
        else { throw PageProblem.foreignForm }
        let id = try signedIn.key.state.id
        let path = Dashboard.base + "/keys/" + id.description
        do {
            let (outcome, secret) = try await signedIn.ledger.commands.rotateKey(
                id, olderRetires: choice.olderRetires, extendsGrace: choice != .now && signedIn.form["extend"] != nil,
                reason: signedIn.form.reason,
                by: signedIn.caller, commandID: commandID)
            return signedIn.page(
                "rotated", title: secret == nil ? "Rotated already" : "Your new secret",
                [
                    "name": KeyRow.name(outcome.key), "keyPath": path, "rotatePath": path + "/rotate", "secret": secret?.reveal(),
                    "curlUrl": signedIn.dashboard.settings.exampleURL, "olderText": older(outcome.key.state),
                ])
        } catch ServiceError.refused(.invalid("reason", let problem)) {
            return try await signedIn.ask { try page(reason: signedIn.form.reason ?? "", problem: "The reason " + problem) }
        } catch ServiceError.commandIDReused, ServiceError.commandIDForgotten {
            return Dashboard.redirect(to: path)
        } catch ServiceError.refused(.ended) {
            return Dashboard.redirect(to: path + "?done=" + Notice.ended.rawValue)
        }
    }

    private func older(_ state: KeyState) -> String {
        guard let older = state.secrets.last(where: { $0.status(at: signedIn.now) == .retiring }), let retirement = older.retirement else {
            return "All older secrets have ended: whatever uses one fails until it has this one."
        }
        return "The one before, \(older.record.hint), works \(Self.end(retirement)). Replace it by then."
    }

    private static func end(_ retirement: SecretRetirement) -> String {
        switch retirement {
        case .at(let date): "until \(Format.time(date))"
        case .whenNewerIsUsed: "until this one is first used"
        case .whenNewerIsUsedOrAt(let date): "until this one is first used, at the latest until \(Format.time(date))"
        }
    }
}
