/// What may name or locate a person. In memory only: records hold it sealed, state holds the same sealed bytes, views hold none
/// of it; so destroying an account's data key is all that erasing takes. An absent field says nothing, or that nothing changed.
public struct PersonalFields: Equatable, Sendable {
    public var name: String?
    public var metadata: [String: String]?
    public var reason: String?
    public var actorLabel: String?
    public var clientAddress: String?
    public var method: String?
    /// Without its query: query strings carry secrets.
    public var path: String?
    /// Where the key may be used from: `IPNetwork` as text.
    public var ipAllowlist: [String]?
    /// Where the presentations came from, of a record that counts several; `clientAddress` is that of the last.
    public var addresses: AddressCounts?

    public init(
        name: String? = nil, metadata: [String: String]? = nil, reason: String? = nil, actorLabel: String? = nil,
        clientAddress: String? = nil, method: String? = nil, path: String? = nil, ipAllowlist: [String]? = nil,
        addresses: AddressCounts? = nil
    ) {
        self.ipAllowlist = ipAllowlist
        self.addresses = addresses
        self.name = name
        self.metadata = metadata
        self.reason = reason
        self.actorLabel = actorLabel
        self.clientAddress = clientAddress
        self.method = method
        self.path = path
    }

    public var isEmpty: Bool { self == PersonalFields() }
}
