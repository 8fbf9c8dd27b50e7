internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerQueries

/// The heading of an event that changed a key. It names everything that was changed, the gravest first: what lets callers do more, then
/// what lets them do less, then what only people read.
struct ChangeHeading {
    /// What a change does to what callers may do with the key, by gravity.
    private enum Effect: CaseIterable {
        case widens, unknown, narrows, describes
    }

    private var parts: [(effect: Effect, text: String)] = []

    /// Whether the change lets callers do more than before.
    var isWidening: Bool { parts.contains { $0.effect == .widens } }

    /// The parts as one heading, such as “Scopes widened, renamed to “Guesty””.
    var text: String {
        let sorted = Effect.allCases.flatMap { effect in parts.filter { $0.effect == effect }.map(\.text) }
        guard let first = sorted.first else { return "Changed" }
        return ([first] + sorted.dropFirst().map { $0.prefix(1).lowercased() + $0.dropFirst() }).joined(separator: ", ")
    }

    /// Describes a change.
    ///
    /// - Parameters:
    ///   - changed: What was changed.
    ///   - personal: The new personal fields; `nil` where they cannot be read.
    ///   - before: The key before the change; `nil` where it is not known.
    init(_ changed: Event.Changed, _ personal: PersonalFields?, before: DecryptedKey?) {
        if let permissions = changed.permissions {
            add("Permissions", before.map { Self.compare($0.state.permissions, permissions, Self.covers) })
        }
        if let scopes = changed.scopes { add("Scopes", before.map { Self.compare($0.state.scopes, scopes, Scope.permits) }) }
        if let restricts = changed.restrictsAddresses { addAddresses(restricts ? personal?.ipAllowlist : [], before?.ipAllowlist) }
        if let expiry = changed.expiry { addExpiry(expiry.date, before.map { $0.state.expiresAt }) }
        if changed.replacesMetadata { parts.append((.describes, "Metadata changed")) }
        if changed.replacesName {
            parts.append((.describes, personal?.name.map { "Renamed to “\(DisplayText.sanitized($0))”" } ?? "Renamed"))
        }
    }

    private mutating func add(_ what: String, _ effect: Effect?) {
        switch effect {
        case .widens: parts.append((.widens, what + " widened"))
        case .narrows: parts.append((.narrows, what + " narrowed"))
        case .unknown, .describes, nil: parts.append((.unknown, what + " changed"))
        }
    }

    /// Compares what was held before and after. What gives something and takes something counts as widening.
    private static func compare<Item>(_ before: [Item], _ after: [Item], _ covers: ([Item], Item) -> Bool) -> Effect {
        if after.contains(where: { !covers(before, $0) }) { return .widens }
        return before.contains { !covers(after, $0) } ? .narrows : .unknown
    }

    private static func covers(_ held: [Permission], _ asked: Permission) -> Bool { held.contains(.admin) || held.contains(asked) }

    /// An empty list allows every address; `nil` stands for a list that cannot be read.
    private mutating func addAddresses(_ after: [String]?, _ before: [String]?) {
        guard let after, let before else { return add("Allowed addresses", nil) }
        if after.isEmpty { return parts.append((.widens, "Any address allowed")) }
        if before.isEmpty { return parts.append((.narrows, "Restricted to certain addresses")) }
        func networks(_ texts: [String]) -> [IPNetwork] { texts.compactMap { IPNetwork($0) } }
        add("Allowed addresses", Self.compare(networks(before), networks(after)) { held, asked in held.contains { $0.contains(asked) } })
    }

    /// The outer optional of `before` stands for what is not known.
    private mutating func addExpiry(_ after: Timestamp?, _ before: Timestamp??) {
        switch (after, before) {
        case (nil, .some): parts.append((.widens, "Expiry removed"))
        case (.some, .some(nil)): parts.append((.narrows, "Expiry set"))
        case (.some(let after), .some(.some(let before))):
            let isLater = after > before
            parts.append((isLater ? .widens : .narrows, isLater ? "Expiry put off" : "Expiry brought forward"))
        case (_, nil): parts.append((.unknown, "Expiry changed"))
        }
    }
}
