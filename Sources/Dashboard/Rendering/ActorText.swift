internal import KeyEvents
internal import Ledger
internal import LedgerQueries

/// The words for who caused an event.
enum ActorText {
    /// Returns the words for the actor of an event; `nil` when the ledger acted by itself, or nobody knows. A key is named only to
    /// users who may see it.
    static func text(_ recorded: RecordedEvent, _ ledger: Ledger, _ reader: Caller) -> String? {
        let (actor, person) = (recorded.event.actor, recorded.personal?.actorLabel.map(DisplayText.sanitized))
        switch actor.kind {
        case .operator: return "the operator" + (person.map { " (\($0))" } ?? "")
        case .account: return person ?? "somebody of the account"
        case .key:
            guard let id = KeyID(actor.id), let key = try? ledger.keys.decryptedKey(id, for: reader) else { return "a key of the operator" }
            return "the key " + KeyRow.name(key) + (person.map { ", for \($0)" } ?? "")
        case .system: return nil
        case .import: return "an import"
        case .unknown: return nil
        }
    }
}
