/// The person, key or component that caused an event.
public struct Actor: Hashable, Sendable {
    /// The kinds of actors. The raw values are names for documents, not for records.
    public enum Kind: String, Sendable {
        /// The local command line, which runs inside the trust boundary of the data folder.
        case `operator`
        /// A person of the account, named by the host product.
        case account
        /// A key of this ledger; the id is its key id.
        case key
        /// Keyledger itself, for instance the expiry sweep.
        case system
        /// An import of keys from another system.
        case `import`
        /// A kind that a newer version names, or that the record does not name.
        case unknown
    }

    /// What kind of actor it is.
    public let kind: Kind
    /// The actor's id within its kind: a key id, an account's person, or the name of a component such as `sweep`.
    public let id: String

    /// Creates an actor.
    ///
    /// - Parameters:
    ///   - kind: What kind of actor it is.
    ///   - id: The actor's id within its kind.
    public init(kind: Kind, id: String) {
        self.kind = kind
        self.id = id
    }

    /// Returns the name under which the actor is shown.
    ///
    /// A person's label says more than the account that the host product let them act for. The label of an operator says which
    /// operator it was; it is shown beside the name and does not replace it.
    ///
    /// - Parameter personal: The event's personal fields; `nil` where they cannot be decrypted.
    /// - Returns: The label of the actor where there is one and the actor is not the operator, else `id`.
    public func name(_ personal: PersonalFields?) -> String { kind == .operator ? id : personal?.actorLabel ?? id }

    /// The operator on the local command line.
    public static let commandLine = Actor(kind: .operator, id: "cli")
    /// The first accepted use of a secret, as the actor of the events that end older secrets with it.
    public static let firstUse = Actor(kind: .system, id: "first-use")
    /// The sweep that records what has ended by itself.
    public static let sweep = Actor(kind: .system, id: "sweep")

    /// Returns the actor for a key of this ledger.
    ///
    /// - Parameter id: The id of the key that acts.
    /// - Returns: An actor of the kind `.key`.
    public static func key(_ id: KeyID) -> Actor { Actor(kind: .key, id: id.description) }
}
