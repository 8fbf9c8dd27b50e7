internal import KeyEvents

/// What an event of a key's life says, and whose doing it was.
enum EventSentence {
    static func text(_ event: Event, _ personal: PersonalFields?) -> String {
        "\(deed(event.body)) by \(actor(event.actor, personal))" + (personal?.reason.map { ": “\($0)”" } ?? "") + "."
    }

    private static func deed(_ body: Event.Body) -> String {
        switch body {
        case .created: "The key was made"
        case .used: "The key was used"
        case .refused: "The key was refused"
        case .revoked(let reasonCode): "The key was revoked for good (\(reasonCode))"
        case .expired: "That the key had expired was recorded"
        case .changed(let changed): "The key was changed (\(names(changed)))"
        case .disabled: "The key was disabled"
        case .enabled: "The key was enabled again"
        case .secretAdded(let secret, nil, _): "The key was given the secret number \(secret.id)"
        case .secretAdded(let secret, .at(let date)?, _):
            "The key was given the secret number \(secret.id); the older ones were to end at \(date)"
        case .secretAdded(let secret, .whenNewerIsUsed?, _):
            "The key was given the secret number \(secret.id); the older ones were to end with its first use"
        case .secretAdded(let secret, .whenNewerIsUsedOrAt(let date)?, _):
            "The key was given the secret number \(secret.id); the older ones were to end with its first use, at the latest at \(date)"
        case .secretRetired(let number): "The secret number \(number) of the key was ended"
        case .logForked(let fork): "The log went on as a new one, of the id \(fork.logID.hex)"
        case .clockConfirmed(let confirmation): "The clock, which said \(confirmation.clock), was confirmed"
        case .logRead(let reading):
            "What there is of \(reading.account.map { "the account \($0)" } ?? "several accounts") was read (\(reading.what))"
        case .logKeyChanged(let change): "Another key signs the log from here on, under the origin \(change.newOrigin)"
        case .accountErased: "The personal fields of the account were erased"
        case .unknown(let field): "Something that only a newer version of the program knows (\(field)) was recorded"
        }
    }

    private static func names(_ changed: Event.Changed) -> String {
        var names: [String] = []
        if changed.replacesName { names.append("name") }
        if changed.scopes != nil { names.append("scopes") }
        if changed.permissions != nil { names.append("permissions") }
        if changed.expiry != nil { names.append("expiry") }
        if changed.replacesMetadata { names.append("metadata") }
        if changed.restrictsAddresses != nil { names.append("IP allowlist") }
        return names.joined(separator: ", ")
    }

    private static func actor(_ actor: Actor, _ personal: PersonalFields?) -> String {
        switch actor.kind {
        case .operator: "the operator's command line"
        case .account: "“\(personal?.actorLabel ?? actor.id)” of the account"
        case .key: "the key \(actor.id)" + (personal?.actorLabel.map { ", for “\($0)”" } ?? "")
        case .system:
            actor == .sweep
                ? "the ledger itself, since its time had come"
                : actor == .firstUse
                    ? "the ledger itself, with the first use of a newer one" : "the ledger itself (\(actor.id))"
        case .import: "an import (\(actor.id))"
        case .unknown: "somebody whom this version does not know (\(actor.id))"
        }
    }
}
