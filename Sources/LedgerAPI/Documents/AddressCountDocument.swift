internal import Bytes
public import KeyEvents

/// How many uses came from one address; the address is `null` when it is not known.
public struct AddressCountDocument: Encodable, Sendable {
    package enum CodingKeys: String, CodingKey {
        case address, count
    }

    private let entry: AddressCounts.Entry

    /// Creates the document of one entry.
    public init(_ entry: AddressCounts.Entry) { self.entry = entry }

    /// Writes the document's fields.
    public func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.address, entry.address)
        try fields.set(.count, entry.count)
    }
}
