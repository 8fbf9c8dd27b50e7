public import KeyEvents

/// How many presentations came from one address; `null`: from which is not known.
public struct AddressCountDocument: Encodable, Sendable {
    enum CodingKeys: String, CodingKey {
        case address, count
    }

    private let entry: AddressCounts.Entry

    public init(_ entry: AddressCounts.Entry) { self.entry = entry }

    public func encode(to encoder: any Encoder) throws {
        var fields = JSONFields(encoder, CodingKeys.self)
        try fields.set(.address, entry.address)
        try fields.set(.count, entry.count)
    }
}
