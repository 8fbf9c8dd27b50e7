internal import KeyEvents

struct ActorDocument: Encodable {
    let kind: String
    let id: String

    /// A person's name says more than the account that the host product let them act for.
    init(_ actor: Actor, _ personal: PersonalFields?) {
        kind = actor.kind.rawValue
        id = personal?.actorLabel ?? actor.id
    }
}
