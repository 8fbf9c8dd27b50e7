public import KeyEvents

/// Which keys a table shows, and in which order.
public struct KeySearch: Sendable {
    public enum Order: String, CaseIterable, Sendable {
        case name, status, created, expires, lastUsed, uses, account
    }

    /// `nil`: of every account that the caller sees.
    public var account: AccountID?
    /// Stands in the name or in the hint, or is a key's id or its beginning (`key_` and at least one digit). In any case.
    public var text: String
    /// Whether revoked and expired keys are shown.
    public var includesEnded: Bool
    /// A key that never expires expires after all others; one that was never used was used before all others; one whose name
    /// was erased comes after all names. Among equals the newest comes first, whichever the direction.
    public var order: Order
    public var isDescending: Bool
    public var offset: Int
    public var limit: Int

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

/// One page of a table of keys.
public struct FoundKeys: Sendable {
    public let page: [ListedKey]
    /// How many match and are shown, on all pages.
    public let total: Int
    /// How many match but have ended and are not shown.
    public let hiddenCount: Int
    /// How many match and have ended, shown or not.
    public let endedCount: Int
    /// How many the caller sees at all, whatever was asked for.
    public let all: Int
}
