internal import KeyEvents

/// The JSON document about the actor behind an event.
struct ActorDocument: Encodable {
    let kind: String
    let id: String

    init(_ actor: Actor, _ personal: PersonalFields?) {
        kind = actor.kind.rawValue
        id = actor.name(personal)
    }
}
