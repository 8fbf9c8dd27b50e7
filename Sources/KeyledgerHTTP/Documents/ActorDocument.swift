internal import KeyEvents

struct ActorDocument: Encodable {
    let kind: String
    let id: String

    init(_ actor: Actor, _ personal: PersonalFields?) {
        kind = actor.kind.rawValue
        id = actor.name(personal)
    }
}
