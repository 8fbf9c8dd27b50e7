internal import Foundation

/// The content of a listing as a request says it: without other fields, and with acceptable values only.
struct ListingRequest: Decodable, Sendable {
    let content: ListingContent

    init(from decoder: any Decoder) throws {
        try decoder.refuseFields(exceptOf: ListingContent.CodingKeys.self)
        content = try ListingContent(from: decoder)
        try Self.checkText("externalId", content.externalId, upTo: 100)
        try Self.checkText("title", content.title, upTo: 200)
        try Self.checkText("description", content.description, upTo: 10_000, isLong: true)
        try Self.checkText("street", content.street, upTo: 200)
        try Self.checkText("city", content.city, upTo: 100)
        try Self.checkText("postalCode", content.postalCode, upTo: 16)
        try Self.checkLetters("country", content.country, count: 2)
        try Self.checkNumber("price", content.price, in: 0...1_000_000_000_000)
        try Self.checkLetters("currency", content.currency, count: 3)
        try Self.checkNumber("bedrooms", content.bedrooms, in: 0...1000)
        try Self.checkNumber("bathrooms", content.bathrooms, in: 0...1000)
        try Self.checkNumber("area", content.area, in: 1...100_000_000)
    }

    /// Checks that a text has a visible character, and no control characters but, with `isLong`, tabs and line breaks.
    static func checkText(_ name: String, _ text: String?, upTo limit: Int, isLong: Bool = false) throws(Problem) {
        guard let text else { return }
        guard text.unicodeScalars.count <= limit else { throw .invalid(name, "\(name) is longer than \(limit) characters.") }
        let isAllowed = text.unicodeScalars.allSatisfy { scalar in
            (scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)) || (isLong && ["\n", "\r", "\t"].contains(scalar))
        }
        guard isAllowed else { throw .invalid(name, "\(name) holds control characters.") }
        guard !text.allSatisfy(\.isWhitespace) else { throw .invalid(name, "\(name) is empty.") }
    }

    private static func checkLetters(_ name: String, _ text: String, count: Int) throws(Problem) {
        guard text.utf8.count == count, text.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw .invalid(name, "\(name) must be \(count) capital letters from A to Z.")
        }
    }

    private static func checkNumber(_ name: String, _ number: Int64?, in range: ClosedRange<Int64>) throws(Problem) {
        guard number.map(range.contains) ?? true else {
            throw .invalid(name, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
    }
}

extension ListingContent {
    /// Applies a JSON Merge Patch (RFC 7396): fields that are left out stay, `null` removes a value.
    func merging(_ patch: [String: FieldValue]) throws -> ListingContent {
        let fields = try JSONDecoder().decode([String: FieldValue].self, from: JSONEncoder().encode(self))
        do {
            return try JSONDecoder().decode(ListingRequest.self, from: JSONEncoder().encode(fields.merging(patch) { $1 })).content
        } catch let error as DecodingError {
            throw Problem(error)
        }
    }
}
