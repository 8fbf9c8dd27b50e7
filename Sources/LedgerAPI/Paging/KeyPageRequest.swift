package import KeyEvents
package import Ledger
package import LedgerQueries

/// A request for one page of keys, and the search for its contents.
package struct KeyPageRequest: Sendable {
    package static let parameters = ["account", "limit", "cursor", "order"]
    package static let defaultLimit = 100
    package static let maxLimit = 1000
    package static let defaults = ["limit": String(defaultLimit), "order": Order.ascending.rawValue]
    /// The maximum number of keys that one call examines. When few of them match, a page is short but has a next one.
    package static let maxExamined = 10_000

    private enum Order: String, CaseIterable {
        case ascending = "asc"
        case descending = "desc"
    }

    /// The point in time, or the span of the log, that the keys are described for.
    package enum Source: Sendable {
        case present
        case past(AsOf)
        /// The present keys, with the usage that was recorded within this span alone.
        case span(LogSpan)
    }

    private let account: AccountID?
    private let limit: Int
    private let cursor: KeyCursor?
    private let isDescending: Bool
    private let filter: KeyFilter

    package init(_ query: Query, _ filter: KeyFilter = KeyFilter()) throws {
        self.filter = filter
        limit = try query.wholeNumber("limit", in: 1...Self.maxLimit) ?? Self.defaultLimit
        isDescending = try query.choice("order", Order.self) == .descending
        cursor = try query["cursor"].map { text throws(Problem) in
            guard let cursor = KeyCursor(text) else { throw .invalid("cursor", "is not one that a list gave out.") }
            return cursor
        }
        if let cursor, cursor.isDescending != isDescending { throw Problem.invalid("cursor", "belongs to a list in the other order.") }
        account = try query["account"].map { text throws(ServiceError) in
            // Text that cannot be an account's id is as unknown as an id that no account has.
            guard let account = AccountID(text) else { throw .unknownAccount }
            return account
        }
    }

    /// Returns the page, and the cursor of the next one. `clock` is the time at which the status of a key is determined.
    package func read(
        _ ledger: Ledger, _ caller: Caller, _ source: Source, clock: Timestamp
    ) throws -> (keys: [KeyWithUsage], next: KeyCursor?) {
        var found: [KeyWithUsage] = []
        var last = cursor?.last
        var lookedAt = 0
        while lookedAt < Self.maxExamined {
            // One more key than the page holds shows whether there is a next page.
            let wanted = filter.passesAll ? limit + 1 : Self.maxLimit
            let keys = try list(ledger, caller, source, after: last, limit: wanted)
            for listed in keys {
                if !filter.passes(listed.key.state, at: clock) {
                    last = listed.key.state.id
                    continue
                }
                if found.count == limit { return (found, last.map { KeyCursor(after: $0, isDescending: isDescending) }) }
                found.append(listed)
                last = listed.key.state.id
            }
            guard keys.count == wanted else { return (found, nil) }
            lookedAt += keys.count
        }
        return (found, last.map { KeyCursor(after: $0, isDescending: isDescending) })
    }

    private func list(_ ledger: Ledger, _ caller: Caller, _ source: Source, after last: KeyID?, limit: Int) throws -> [KeyWithUsage] {
        switch source {
        case .present:
            try ledger.keys.listKeys(for: caller, account: account, after: last, limit: limit, newestFirst: isDescending)
        case .past(let asOf):
            try ledger.past.listKeys(for: caller, account: account, at: asOf, after: last, limit: limit, newestFirst: isDescending)
        case .span(let span):
            try ledger.past.listUsage(in: span, for: caller, account: account, after: last, limit: limit, newestFirst: isDescending)
        }
    }
}
