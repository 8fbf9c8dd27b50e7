/// Who caused an event.
public struct Actor: Hashable, Sendable {
    public enum Kind: String, Sendable {
        /// The local command line, inside the trust boundary of the data folder.
        case `operator`
        /// A person of the account, named by the host product.
        case account
        /// A key of this ledger; the id is its key id.
        case key
        /// Keyledger itself, for instance the expiry sweep.
        case system
        case `import`
        /// Named by a newer version, or by none.
        case unknown
    }

    public let kind: Kind
    public let id: String

    public init(kind: Kind, id: String) {
        self.kind = kind
        self.id = id
    }

    /// A person's name says more than the account that the host product let them act for. Of the operator it says who of them, which stands
    /// beside.
    public func name(_ personal: PersonalFields?) -> String { kind == .operator ? id : personal?.actorLabel ?? id }

    public static let commandLine = Actor(kind: .operator, id: "cli")
    /// The first accepted use of a secret, where older ones end with it.
    public static let firstUse = Actor(kind: .system, id: "first-use")
    public static let sweep = Actor(kind: .system, id: "sweep")

    public static func key(_ id: KeyID) -> Actor { Actor(kind: .key, id: id.description) }
}
