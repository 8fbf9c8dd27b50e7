internal import Algorithms
internal import KeyEvents
internal import Ledger

/// The keys that a search finds, before they are sorted.
struct KeyMatches {
    /// A key that matches.
    struct Match {
        /// The index of the key among the entries: the greater, the newer.
        let place: Int
        /// The key's rank in the column; names share it where their first bytes are the same.
        let rank: UInt64
    }

    private let contents: SearchIndexContents
    private let search: KeySearch
    private(set) var shown: [Match] = []
    private(set) var endedCount = 0
    private(set) var all = 0

    init(_ search: KeySearch, for caller: Caller, in contents: SearchIndexContents, now: Timestamp) {
        self.contents = contents
        self.search = search
        // An account without keys has no index, and -1 matches no key.
        let visible = caller.visibleAccount.map { contents.place(of: $0) ?? -1 }
        let account = search.account.map { contents.place(of: $0) ?? -1 }
        let trimmed = search.text.trimming(while: \.isWhitespace)
        let text = SearchText.fold(trimmed)
        let idStart = IDStart(trimmed)
        // A caller who sees every account finds keys by their account too.
        let isAccountFound = contents.accounts.map { visible == nil && Self.holds($0, text) }
        let accountRanks = search.order == .account ? Self.ranks(of: contents.accounts) : []
        let entries = contents.entries.span
        for place in entries.indices {
            let attributes = entries[place].attributes
            if let visible, attributes.account != visible { continue }
            all += 1
            if let account, attributes.account != account { continue }
            if !text.isEmpty, !isAccountFound[attributes.account], !entries[place].text.contains(text.span),
                !(idStart?.begins(entries[place].id) ?? false)
            {
                continue
            }
            let status = attributes.status(at: now)
            if status.isEnd {
                endedCount += 1
                if !search.includesEnded { continue }
            }
            let rank: UInt64 =
                switch search.order {
                case .name: attributes.nameRank
                case .status: status.rank
                case .created: attributes.createdAt.rank
                case .expires: attributes.expiresAt?.rank ?? .max
                case .lastUsed: contents.usage[place].lastUsedAt?.rank ?? 0
                case .uses: contents.usage[place].uses
                case .account: accountRanks[attributes.account]
                }
            shown.append(Match(place: place, rank: rank))
        }
    }

    /// The ids on the requested page. A page within `near` keys of either end takes one pass; the pages between need sorting.
    func page(near: Int = 1_000) -> [KeyID] {
        let start = min(max(0, search.offset), shown.count)
        let end = start + min(max(0, search.limit), shown.count - start)
        let sorted =
            if search.order == .created {
                // The matches are nearly in this order already.
                shown.sorted(by: precedes)[start..<end]
            } else if end <= near {
                shown.min(count: end, sortedBy: precedes)[start...]
            } else if shown.count - start <= near {
                shown.max(count: shown.count - start, sortedBy: precedes)[..<(end - start)]
            } else {
                shown.sorted(by: precedes)[start..<end]
            }
        return sorted.map { contents.entries[$0.place].id }
    }

    private func precedes(_ a: Match, _ b: Match) -> Bool {
        if a.rank != b.rank { return (a.rank < b.rank) != search.isDescending }
        if search.order == .name, let isBefore = contents.entries[a.place].text.nameComesBefore(contents.entries[b.place].text) {
            return isBefore != search.isDescending
        }
        return a.place > b.place
    }

    private static func holds(_ account: AccountID, _ text: [UInt8]) -> Bool {
        !text.isEmpty && SearchText.fold(account.description).firstRange(of: text) != nil
    }

    private static func ranks(of accounts: [AccountID]) -> [UInt64] {
        var ranks = [UInt64](repeating: 0, count: accounts.count)
        for (rank, place) in accounts.indices.sorted(by: { accounts[$0] < accounts[$1] }).enumerated() { ranks[place] = UInt64(rank) }
        return ranks
    }
}

extension Timestamp {
    /// The time as a number in the order of time, from 1 on; 0 sorts before all times.
    fileprivate var rank: UInt64 { max(1, UInt64(bitPattern: microseconds) ^ 1 << 63) }
}

/// The beginning of a key id, as a person types it.
private struct IDStart {
    private let low: KeyID
    private let high: KeyID

    /// Reads the beginning of an id; `nil` unless `text` is `key_` and 1 to 32 hexadecimal digits.
    init?(_ text: some StringProtocol) {
        let text = text.lowercased()
        let count = text.utf8.count - 4
        guard text.hasPrefix("key_"), (1...32).contains(count),
            let low = KeyID(text + String(repeating: "0", count: 32 - count)),
            let high = KeyID(text + String(repeating: "f", count: 32 - count))
        else { return nil }
        self.low = low
        self.high = high
    }

    func begins(_ id: KeyID) -> Bool { low <= id && id <= high }
}
