internal import KeyEvents

/// How many presentations came from one address; `null`: from which is not known.
struct AddressCountDocument: Encodable {
    enum CodingKeys: String, CodingKey {
        case address, count
    }

    private let entry: AddressCounts.Entry

    init(_ entry: AddressCounts.Entry) { self.entry = entry }

    func encode(to encoder: any Encoder) throws {
        var fields = JSONFields(encoder, CodingKeys.self)
        try fields.set(.address, entry.address)
        try fields.set(.count, entry.count)
    }
}
