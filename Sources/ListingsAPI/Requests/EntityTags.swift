internal import Foundation

/// The states of a listing that a caller knows (RFC 9110 section 8.8.3): the value of `If-Match` or `If-None-Match`.
struct EntityTags: Sendable {
    private let tags: [String]

    /// Parses the values of all fields of that name; `nil` when there is none. Text that is not an entity tag matches nothing.
    init?(_ values: [String]) {
        guard !values.isEmpty else { return nil }
        tags = values.flatMap { $0.split(separator: ",") }.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// Whether a listing's tag is among them; `*` matches every state.
    func matches(_ tag: String, weakly: Bool = false) -> Bool {
        tags == ["*"] || tags.contains { $0 == tag || weakly && $0 == "W/" + tag }
    }
}
