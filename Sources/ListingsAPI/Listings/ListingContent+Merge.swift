internal import Foundation

extension ListingContent {
    /// Applies a JSON Merge Patch (RFC 7396): fields that are left out stay, `null` removes a value.
    func merging(_ patch: JSONValue) throws -> ListingContent {
        guard case .object(let changes) = patch else { throw Problem.invalid(nil, "An object is expected, not \(patch.kind).") }
        guard case .object(let fields) = try JSONValue(parsing: JSONEncoder().encode(self)) else { return self }
        return try ListingContent(RequestFields(.object(fields.merging(changes) { $1 })))
    }
}
