/// The states of a listing that a caller knows (RFC 9110 section 8.8.3): the value of `If-Match` or `If-None-Match`.
enum EntityTags: Equatable, Sendable {
    /// The value `*`, which matches every existing state.
    case any
    case tags([Substring])

    /// Parses the values of all fields of that name; `nil` when there is none. Text that is not an entity tag matches nothing.
    init?(_ values: [String]) {
        guard !values.isEmpty else { return nil }
        let tags = values.joined(separator: ",").split(separator: ",").map { $0.drop { $0 == " " || $0 == "\t" } }
            .map { $0.prefix { $0 != " " && $0 != "\t" } }
        self = tags == ["*"] ? .any : .tags(tags)
    }

    func matchesStrongly(_ tag: String) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0 == tag }
        }
    }

    func matchesWeakly(_ tag: String) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0 == tag || $0 == "W/" + tag }
        }
    }
}
