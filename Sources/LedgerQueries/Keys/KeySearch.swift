public import KeyEvents

/// A search for keys, and the order of its result.
public struct KeySearch: Sendable {
    /// The column by which the result is sorted.
    public enum Order: String, CaseIterable, Sendable {
        /// A column of the list of keys.
        case name, status, created, expires, lastUsed, uses, account
    }

    /// The account of the keys; `nil` for every account that the caller sees.
    public var account: AccountID?
    /// A text that the name or the hint holds, or a key's id or its beginning (`key_` and at least one digit), regardless of case.
    public var text: String
    /// Whether revoked and expired keys are shown.
    public var includesEnded: Bool
    /// The column by which the result is sorted. A key that never expires sorts after all others; one that was never used before all
    /// others; one whose name was erased after all names. Among equals the newest comes first, whichever the direction.
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
    ///   - text: a text that the name or the hint holds, or the beginning of an id; empty for all keys.
    ///   - includesEnded: whether revoked and expired keys are shown.
    ///   - order: the column by which the result is sorted.
    ///   - isDescending: whether the order is reversed.
    ///   - offset: how many keys of the result come before the page.
    ///   - limit: the maximum number of keys on the page.
    public init(
        account: AccountID? = nil, text: String = "", includesEnded: Bool = false, order: Order = .created, isDescending: Bool = true,
        offset: Int = 0, limit: Int = 50
    ) {
        self.account = account
        self.text = text
        self.includesEnded = includesEnded
        self.order = order
        self.isDescending = isDescending
        self.offset = offset
        self.limit = limit
    }
}

/// A page of a search's result.
public struct FoundKeys: Sendable {
    /// The keys of the page, with their usage.
    public let page: [KeyWithUsage]
    /// How many keys match and are shown, on all pages.
    public let total: Int
    /// How many keys match and are hidden because they have ended.
    public let hiddenCount: Int
    /// How many keys match and have ended, shown or hidden.
    public let endedCount: Int
    /// How many keys the caller sees, whether they match or not.
    public let all: Int
}
