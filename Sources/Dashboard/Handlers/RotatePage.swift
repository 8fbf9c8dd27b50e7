internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// The page that guides through giving a key a new secret, and shows it once.
struct RotatePage: FormPage {
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

    func show() throws -> Response { try page(reason: signedIn.form["reason"] ?? "", problem: nil) }

    /// The form. `isStale` says that it was opened before the key got its newest secret: nothing is done by what it showed.
    private func page(reason: String, problem: String?, isStale: Bool = false) throws -> Response {
        let key = try signedIn.key
        let listed = try signedIn.ledger.keys.usage(of: key.state.id, for: signedIn.caller)
        let row = KeyRow(listed, at: signedIn.now)
        if row.hasEnded { return signedIn.redirect(to: row.path, notice: signedIn.endedNotice) }
        let live = key.state.secrets.filter { $0.isLive(at: signedIn.now) }
        let isNewestUsed = live.last.map { listed.usage.secretUses[$0.record.id] != nil } ?? true
        let chosen = signedIn.form["older"].flatMap(Choice.init) ?? .day
        // A key has at most two secrets: of two, a third one ends the older, or the newer where nobody has used that.
        let ending = live.count > 1 ? (isNewestUsed ? live[0] : live[live.count - 1]) : nil
        let warning = warning(before: ending.map { [$0] } ?? [], of: key.state.id)
        let choices = Choice.allCases.map {
            [
                "choiceValue": $0.rawValue, "choiceLabel": $0.label, "choiceHint": $0.hint, "choiceChecked": $0 == chosen,
                "choiceWarning": $0 == .now && warning == nil ? self.warning(before: live, of: key.state.id) : nil,
            ] as TemplateContext
        }
        let goesOn = live.count > 1 && !isNewestUsed ? live.first?.retirement : nil
        return signedIn.page(
            "rotate", title: "Rotate \(KeyRow.name(listed.key))",
            status: isStale ? .conflict : problem == nil ? .ok : .unprocessableContent,
            row.fields(showsAccount: false).adding([
                "backPath": row.path, "backText": KeyRow.name(listed.key), "rotatePath": row.path + "/rotate",
                "commandId": signedIn.dashboard.tokens.make(), "choices": choices,
                "newest": key.state.secrets.last.map { String($0.record.id) },
                "newerHint": isStale ? key.state.secrets.last?.record.hint : nil,
                "replacesUnused": isNewestUsed ? nil : ending?.record.hint, "ownKeyWarning": warning,
                "promisedEnd": goesOn.map(Self.end), "reason": reason, "reasonError": problem,
                "endsOldest": isNewestUsed ? ending?.record.hint : nil,
                "secrets": live.map {
                    SecretRow($0, of: key.state, lastUsedAt: listed.usage.secretUses[$0.record.id], at: signedIn.now).fields
                },
            ]))
    }

    func rotate() async throws -> Response {
        guard let commandID = signedIn.form["commandId"], (16...64).contains(commandID.utf8.count),
            let choice = signedIn.form["older"].flatMap(Choice.init)
        else { throw PageProblem.foreignForm }
        let newest = try signedIn.form["newest"].map { shown in
            guard let number = WholeNumber.read(shown, in: 0...UInt32.max) else { throw PageProblem.foreignForm }
            return number
        }
        let id = try signedIn.key.state.id
        let path = KeyRow.path(of: id)
        do {
            let (outcome, secret) = try await signedIn.ledger.commands.rotateKey(
                id, olderRetires: choice.olderRetires, extendsGrace: choice != .now && signedIn.form["extend"] != nil, newest: newest,
                reason: signedIn.form.reason, by: signedIn.caller, commandID: commandID)
            return signedIn.pageAfterCommand(
                "rotated", title: secret == nil ? "Rotated already" : "Your new secret",
                [
                    "name": KeyRow.name(outcome.key), "keyPath": path, "rotatePath": path + "/rotate", "secret": secret?.reveal(),
                    "tryIt": secret.flatMap { TryIt(signedIn, outcome.key.state, $0)?.fields }, "olderText": older(outcome.key.state),
                ])
        } catch is StaleRevision {
            return try await signedIn.ask { try page(reason: signedIn.form.reason ?? "", problem: nil, isStale: true) }
        } catch ServiceError.refused(.invalid("reason", let problem)) {
            return try await signedIn.ask { try page(reason: signedIn.form.reason ?? "", problem: "The reason " + problem) }
        } catch ServiceError.commandIDReused, ServiceError.commandIDForgotten {
            return Dashboard.redirect(to: path)
        } catch ServiceError.refused(.ended) {
            return signedIn.redirect(to: path, notice: .endedMeanwhile)
        }
    }

    /// Returns the warning that the end of these secrets ends the session too; `nil` where it does not.
    private func warning(before ended: [KeySecret], of key: KeyID) -> String? {
        signedIn.warning(before: .endingSecrets(Set(ended.map(\.record.id))), of: key)
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
