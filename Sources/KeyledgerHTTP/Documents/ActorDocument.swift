internal import KeyEvents

struct ActorDocument: Encodable {
    let kind: String
    let id: String

    /// A person's name says more than the account that the host product let them act for. Whoever acts by another way is named by their id,
    /// and the person, where one is known, stands among the personal fields.
    init(_ actor: Actor, _ personal: PersonalFields?) {
        kind = actor.kind.rawValue
        id = actor.kind == .account ? personal?.actorLabel ?? actor.id : actor.id
    }
}
