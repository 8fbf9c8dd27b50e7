/// The fields of an event that may name or locate a person. They are in the clear in memory only: records hold them sealed, the
/// state holds the same sealed bytes, and views hold none of them, so destroying an account's data key is all that an erasure
/// takes. A field that is `nil` says nothing, or that nothing changed.
public struct PersonalFields: Equatable, Sendable {
    /// The name of the key.
    public var name: String?
    /// The metadata of the key, all of it.
    public var metadata: [String: String]?
    /// The reason for the command, in the words of the person who gave it.
    public var reason: String?
    /// A name of the actor for people.
    public var actorLabel: String?
    /// The address that the call came from, of the last presentation where the record counts several.
    public var clientAddress: String?
    /// The method of the HTTP request.
    public var method: String?
    /// The path of the HTTP request without its query, since query strings carry secrets.
    public var path: String?
    /// The addresses that the key may be used from: the texts of `IPNetwork` values.
    public var ipAllowlist: [String]?
    /// The addresses that the presentations came from, in a record that counts several.
    public var addresses: AddressCounts?

    /// Creates the fields, each of which is described at its property.
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

    /// Whether no field is set.
    public var isEmpty: Bool { self == PersonalFields() }
}
