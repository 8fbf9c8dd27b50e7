public import KeyEvents

/// A search for keys, and the order of its result. A key is found where everything that is set holds.
public struct KeySearch: Sendable {
    /// The column by which the result is sorted.
    public enum Order: String, CaseIterable, Sendable {
        /// A column of the list of keys.
        case name, status, created, expires, lastUsed, uses, account
    }

    /// The statuses of keys that have not ended.
    public static let inForce: Set<KeyState.Status> = [.active, .disabled]

    /// The account of the keys; `nil` for every account that the caller sees.
    public var account: AccountID?
    /// Words, each of which the name, the hint, a scope or a value of the metadata holds, or for a caller who sees every account the
    /// account; or which is a key's id or its beginning (`key_` and at least one digit). Case, accents and width do not count.
    public var text: String
    /// The statuses of the keys that are shown. Keys of other statuses are counted.
    public var statuses: Set<KeyState.Status>
    /// The environment of the keys; `nil` for every one.
    public var environment: String?
    /// The time before which the keys end by themselves, which those that have ended do no longer; `nil` for all keys.
    public var expiresBefore: Timestamp?
    /// The time since which the keys were not used, and which those never used were created before; `nil` for all keys.
    public var unusedSince: Timestamp?
    /// The time after which the keys were created; `nil` for all keys.
    public var createdAfter: Timestamp?
    /// The column by which the result is sorted. A key that never expires sorts after all others; one that was never used before all
    /// others; one whose name was erased after all names. Names sort by their letters, whatever case and accents they have, and only
    /// where those are the same by the texts themselves. Among equals the newest comes first, whichever the direction.
    public var order: Order
    /// Whether the order is reversed.
    public var isDescending: Bool
    /// How many keys of the result come before the page.
    public var offset: Int
    /// The maximum number of keys on the page.
    public var limit: Int

    /// Makes a search.
    ///
    /// - Parameters:
    ///   - account: the account of the keys; `nil` for every account that the caller sees.
    ///   - text: the words that are searched; empty for all keys.
    ///   - statuses: the statuses of the keys that are shown.
    ///   - environment: the environment of the keys; `nil` for every one.
    ///   - expiresBefore: the time before which the keys end by themselves; `nil` for all keys.
    ///   - unusedSince: the time since which the keys were not used; `nil` for all keys.
    ///   - createdAfter: the time after which the keys were created; `nil` for all keys.
    ///   - order: the column by which the result is sorted.
    ///   - isDescending: whether the order is reversed.
    ///   - offset: how many keys of the result come before the page.
    ///   - limit: the maximum number of keys on the page.
    public init(
        account: AccountID? = nil, text: String = "", statuses: Set<KeyState.Status> = KeySearch.inForce, environment: String? = nil,
        expiresBefore: Timestamp? = nil, unusedSince: Timestamp? = nil, createdAfter: Timestamp? = nil, order: Order = .created,
        isDescending: Bool = true, offset: Int = 0, limit: Int = 50
    ) {
        self.account = account
        self.text = text
        self.statuses = statuses
        self.environment = environment
        self.expiresBefore = expiresBefore
        self.unusedSince = unusedSince
        self.createdAfter = createdAfter
        self.order = order
        self.isDescending = isDescending
        self.offset = offset
        self.limit = limit
    }

    /// Whether the usage of the keys is needed.
    var readsUsage: Bool { order == .lastUsed || order == .uses || unusedSince != nil }
}

/// A page of a search's result.
public struct FoundKeys: Sendable {
    /// The keys of the page, with their usage.
    public let page: [KeyWithUsage]
    /// How many keys match and are shown, on all pages.
    public let total: Int
    /// How many keys match apart from their status, for every status: what it would show.
    public let counts: [KeyState.Status: Int]
    /// The environments of the keys that the caller sees, whether they match or not, sorted.
    public let environments: [String]
    /// How many keys the caller sees, whether they match or not.
    public let all: Int
}
