package import KeyEvents

/// The JSON document about the actor behind an event.
package struct ActorDocument: Encodable {
    package let kind: String
    package let id: String

    package init(_ actor: Actor, _ personal: PersonalFields?) {
        kind = actor.kind.rawValue
        id = actor.name(personal)
    }
}
