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
    /// How many keys match apart from their status, by status.
    private(set) var counts: [KeyState.Status: Int] = [:]
    private(set) var environments: [String] = []
    private(set) var all = 0

    init(_ search: KeySearch, for caller: Caller, in contents: SearchIndexContents, now: Timestamp) {
        self.contents = contents
        self.search = search
        // An account without keys has no index, and -1 matches no key.
        let visible = caller.visibleAccount.map { contents.place(of: $0) ?? -1 }
        let account = search.account.map { contents.place(of: $0) ?? -1 }
        let environment = search.environment.map { contents.environments.firstIndex(of: $0) ?? -1 }
        // A caller who sees every account finds keys by their account too.
        let accountTexts = visible == nil ? contents.accountTexts : []
        let words = SearchText.words(search.text).map { Word($0, accountTexts) }
        let accountRanks = search.order == .account ? Self.ranks(of: contents.accounts) : []
        var isVisibleEnvironment = [Bool](repeating: false, count: contents.environments.count)
        let statuses = KeyState.Status.allCases.sorted { $0.rank < $1.rank }
        let isShown = statuses.map(search.statuses.contains)
        var countsByRank = statuses.map { _ in 0 }
        let entries = contents.entries.span
        for place in entries.indices {
            let attributes = entries[place].attributes
            if let visible, attributes.account != visible { continue }
            all += 1
            isVisibleEnvironment[attributes.environment] = true
            if let start = search.createdAfter, attributes.createdAt <= start { continue }
            if let account, attributes.account != account { continue }
            if let environment, attributes.environment != environment { continue }
            let status = attributes.status(at: now)
            if let bound = search.expiresBefore {
                guard !status.isEnd, let expiresAt = attributes.expiresAt, expiresAt < bound else { continue }
            }
            if let start = search.unusedSince {
                guard (contents.usage[place].lastUsedAt ?? attributes.createdAt) < start else { continue }
            }
            guard Self.holdsAll(words, entries[place]) else { continue }
            countsByRank[Int(status.rank)] += 1
            guard isShown[Int(status.rank)] else { continue }
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
        counts = Dictionary(uniqueKeysWithValues: zip(statuses, countsByRank))
        environments = zip(contents.environments, isVisibleEnvironment).filter { $0.1 }.map { $0.0 }.sorted()
    }

    /// The ids of all keys that are shown.
    func ids() -> [KeyID] { shown.sorted(by: precedes).map { contents.entries[$0.place].id } }

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

    private static func holdsAll(_ words: [Word], _ entry: SearchIndexContents.Entry) -> Bool { words.allSatisfy { $0.finds(entry) } }

    private func precedes(_ a: Match, _ b: Match) -> Bool {
        if a.rank != b.rank { return (a.rank < b.rank) != search.isDescending }
        if search.order == .name, let isBefore = nameComesBefore(contents.entries[a.place], contents.entries[b.place]) {
            return isBefore != search.isDescending
        }
        return a.place > b.place
    }

    /// Whether a name comes before another, by its letters, and where those are the same by its bytes; `nil` for the same name.
    private func nameComesBefore(_ a: SearchIndexContents.Entry, _ b: SearchIndexContents.Entry) -> Bool? {
        if let isBefore = a.text.nameComesBefore(b.text) { return isBefore }
        let (a, b) = (a.name ?? "", b.name ?? "")
        return PlainText.areIdentical(a, b) ? nil : a.utf8.lexicographicallyPrecedes(b.utf8)
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

/// A word of a search.
private struct Word {
    private let text: [UInt8]
    /// Whether each account's id holds the word; empty where accounts are not searched.
    private let isInAccount: [Bool]
    private let idStart: IDStart?

    init(_ text: [UInt8], _ accountTexts: [[UInt8]]) {
        self.text = text
        isInAccount = accountTexts.map { $0.firstRange(of: text) != nil }
        idStart = IDStart(String(decoding: text, as: UTF8.self))
    }

    func finds(_ entry: SearchIndexContents.Entry) -> Bool {
        entry.text.contains(text.span) || !isInAccount.isEmpty && isInAccount[entry.attributes.account]
            || idStart?.begins(entry.id) == true
    }
}

/// The beginning of a key id, as a person types it, in lowercase.
private struct IDStart {
    private let low: KeyID
    private let high: KeyID

    /// Reads the beginning of an id; `nil` unless `text` is `key_` and 1 to 32 hexadecimal digits.
    init?(_ text: String) {
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
