import KeyEvents
import Projections
import Storage
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerQueries

@Suite(.holdsLedgers) struct FindKeysTests {
    /// Whatever happens to the keys, a search finds what going through the list of all keys finds.
    @Test func isAFilterAndASortOfTheList() async throws {
        var random = SplitMix64(seed: printedSeed())
        let home = TestHome(seed: random.next())
        var secrets: [KeyID: String] = [:]
        var found = 0
        for _ in 0..<2 {
            // The second time the directory is filled from what is there.
            try await home.withLedger { ledger in
                for _ in 0..<25 {
                    for _ in 0..<4 { try await Self.step(ledger, home.clock, &secrets, &random) }
                    for _ in 0..<12 {
                        found += try Self.compare(ledger, Self.search(Array(secrets.keys), ledger.time.now, &random), &random)
                    }
                }
            }
        }
        #expect(found > 200)
        #expect(home.reports.isEmpty)
    }

    private static let names = [
        "Property Sync", "property sync", "CRM", "Cafe\u{301} Zürich", "Café Zürich", "חדר 12", "Ämter", "Property", "prop 1", "prop 10",
        "Property Sync 2", "ß", "日本の宿", "Straße", "STRASSE", "Οδός", "Ｗｉｄｅ", "Amter", "ämter", "Łódź",
    ]
    private static let scopes = ["listings:read", "listings:write", "reports:read"]
    private static let owners = ["Anna Müller", "Integrations", "crm"]

    private static func step(
        _ ledger: Ledger, _ clock: TestClock, _ secrets: inout [KeyID: String], _ random: inout SplitMix64
    ) async throws {
        clock.advance(microseconds: random.pick([0, 700, 1_000_000, 600_000_000]))
        let key = secrets.keys.sorted().randomElement(using: &random)
        guard let key, !random.chance(25) else {
            let made = try await ledger.newKey(
                random.pick(names), account: random.pick([.operator, .hotel, .hostel]), environment: random.pick(["live", "test"]),
                scopes: random.chance(50) ? [random.pick(scopes)] : [],
                metadata: random.chance(40) ? ["owner": random.pick(owners)] : [:],
                expiresAt: random.chance(40) ? ledger.time.now.adding(seconds: Int64.random(in: 1...9_000, using: &random)) : nil)
            secrets[made.id] = made.secret
            return
        }
        do {
            switch Int.random(in: 0..<20, using: &random) {
            case 0: _ = try await ledger.commands.revokeKey(key, by: .commandLine)
            case 1, 2: _ = try await ledger.commands.disableKey(key, by: .commandLine)
            case 3: _ = try await ledger.commands.enableKey(key, by: .commandLine)
            case 4, 5, 6: _ = try await ledger.commands.changeKey(key, KeyChange(name: random.pick(names)), by: .commandLine)
            case 7: _ = try await ledger.commands.changeKey(key, KeyChange(expiry: .never), by: .commandLine)
            case 8: _ = try await ledger.accounts.erasePersonalFields(of: random.pick([.hotel, .hostel]))
            default: _ = try await ledger.verify(secrets[key] ?? "")
            }
        } catch ServiceError.refused {
            // It had ended.
        }
    }

    private static func search(_ keys: [KeyID], _ now: Timestamp, _ random: inout SplitMix64) -> KeySearch {
        var text = random.pick(["", "", "", " \t", "live", "LHQL_T", "key_", "nothing", "\u{0}", "o", "ZÜ", "e\u{301} z"])
        if random.chance(30) {
            let name = random.pick(names)
            text = String(name.dropFirst(Int.random(in: 0..<name.count, using: &random)).prefix(Int.random(in: 1...8, using: &random)))
            if random.chance(50) { text = " " + text.uppercased() }
            if random.chance(50) { text += "\u{A0}" + random.pick(["test", "read", "muller", "hot", "strasse", "sync", "key_0"]) }
        } else if random.chance(20), let id = keys.sorted().randomElement(using: &random)?.description {
            text = String(id.prefix(random.pick([3, 5, 15, 20, 36])))
            if random.chance(30) { text = text.uppercased() + (random.chance(20) ? "0" : "") }
        }
        return KeySearch(
            account: random.pick([nil, nil, .operator, .hotel, AccountID(trusted: "none")]), text: text,
            statuses: random.pick([KeySearch.inForce, Set(KeyState.Status.allCases), [.disabled], [.revoked, .expired], []]),
            environment: random.pick([nil, nil, nil, "live", "test", "none"]),
            expiresBefore: random.chance(20) ? now.adding(seconds: Int64.random(in: -10...9_000, using: &random)) : nil,
            unusedSince: random.chance(20) ? now.adding(seconds: Int64.random(in: -9_000...10, using: &random)) : nil,
            order: random.pick(KeySearch.Order.allCases), isDescending: random.chance(50),
            offset: random.pick([0, 0, 0, 1, 5, 20, 400]), limit: random.pick([0, 1, 3, 10, 1_000]))
    }

    /// Answers how many keys were found.
    private static func compare(_ ledger: Ledger, _ search: KeySearch, _ random: inout SplitMix64) throws -> Int {
        let caller = random.pick([Caller.commandLine, .holder(.operator), .holder(.hotel), .holder(.hostel)])
        if let account = search.account, !caller.sees(account) {
            #expect(throws: ServiceError.unknownAccount) { try ledger.keys.findKeys(search, for: caller) }
            return 0
        }
        let expected = try NaiveSearch(search, ledger, caller)
        let found = try ledger.keys.findKeys(search, for: caller)
        #expect(found.page.map(\.key.state.id) == expected.page.map(\.key.state.id), "\(search)")
        let isSame = zip(found.page, expected.page).allSatisfy { found, expected in
            found.key.state == expected.key.state && found.key.name == expected.key.name && found.usage == expected.usage
        }
        #expect(isSame, "\(search)")
        #expect(
            [found.total, found.all] + KeyState.Status.allCases.map { found.counts[$0] ?? -1 }
                == [expected.shown.count, expected.all] + KeyState.Status.allCases.map { expected.counts[$0] ?? 0 }, "\(search)")
        #expect(found.environments == expected.environments)
        let ids = try ledger.keys.findIDs(search, for: caller)
        #expect(ids == expected.shown.map(\.key.state.id))
        #expect(try ledger.keys.keys(ids, for: caller).map(\.key.state.id) == ids)
        // The same from the other end, and by sorting all.
        let matches = KeyMatches(
            search, for: caller, in: try ledger.keys.searchIndex.upToDate(ledger.viewsAtHead(), withUsage: true), now: ledger.time.now)
        for near in [0, 3] { #expect(matches.page(near: near) == expected.page.map(\.key.state.id), "\(search)") }
        let name = random.pick(names)
        let account = search.account ?? caller.account
        let same = try ledger.keys.listKeys(for: caller, account: account, limit: .max).count { key in
            key.key.name == name && [.active, .disabled].contains(key.key.state.status(at: ledger.time.now))
        }
        #expect(try ledger.keys.keysNamed(name, account: account, for: caller) == same)
        return found.total
    }

    // MARK: Erasure

    @Test func anErasedNameIsNotFound() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey("Guest 4711", account: .hotel)
            _ = try await ledger.newKey("Guest 12", account: .hostel)
            let guests = KeySearch(text: "guest")
            #expect(try ledger.keys.findKeys(guests, for: .commandLine).total == 2)
            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel))
            let left = try ledger.keys.findKeys(guests, for: .commandLine)
            #expect(left.total == 1 && left.page.map(\.key.name) == ["Guest 12"])
            #expect(try ledger.keys.keysNamed("Guest 4711", account: .hotel, for: .commandLine) == 0)
            #expect(try ledger.keys.searchIndex.upToDate(ledger.viewsAtHead()).entries.compactMap(\.name) == ["Guest 12"])
            // Under a new data key it has a name again.
            _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "Guest 99"), by: .commandLine)
            #expect(try ledger.keys.findKeys(guests, for: .holder(.hotel)).page.map(\.key.name) == ["Guest 99"])
        }
    }

    /// Also when the vault was left alone long enough for its time to be relied on.
    @Test func whatAnotherProcessDoesIsSeen() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.newKey("Guest 4711", account: .hotel)
            let other = try await ledger.newKey("Guest 12", account: .hostel)
            let guests = KeySearch(text: "guest")
            await waitUntil { try ledger.keys.searchIndex.upToDate(ledger.viewsAtHead()).vaultIdentity != nil }
            #expect(try ledger.keys.findKeys(guests, for: .commandLine).total == 2)
            await Self.erasesAndRevokes(home.folder.path, other.id.description)
            let left = try ledger.keys.findKeys(guests, for: .commandLine)
            #expect(left.total == 0 && left.counts[.revoked] == 1 && left.all == 2)
        }
    }

    private static func erasesAndRevokes(_ path: String, _ key: String) async {
        await #expect(processExitsWith: .success) { [path = path as String, key = key as String] in
            let ledger = try Ledger.open(DataFolder(path: path), options: .init(clock: TestClock().ledgerClock))
            let wasThere = try await ledger.accounts.erasePersonalFields(of: .hotel)
            try #require(wasThere)
            _ = try await ledger.commands.revokeKey(try #require(KeyID(key)), by: .commandLine)
            ledger.close()
        }
    }

    // MARK: Who may ask, and what is known

    @Test func takesThePermissionToReadKeys() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let caller = Caller.holder(.hotel, [.verify, .keysWrite])
            #expect(throws: ServiceError.missingPermission(.keysRead)) { try ledger.keys.findKeys(KeySearch(), for: caller) }
            #expect(throws: ServiceError.missingPermission(.keysRead)) { try ledger.keys.keysNamed("a", account: .hotel, for: caller) }
            #expect(throws: ServiceError.unknownAccount) { try ledger.keys.keysNamed("a", account: .hostel, for: .holder(.hotel)) }
        }
    }

    @Test func thoseWhoAskFillItTogetherPageByPage() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            for number in 0..<23 { _ = try await ledger.newKey("key \(number)") }
            let searchIndex = SearchIndex(ledger.reader, ledger.stateTables, ledger.vault, page: 2)
            let cancellation = Cancellation()
            cancellation.cancel()
            Cancellation.$current.withValue(cancellation) {
                #expect(throws: Cancellation.Cancelled.self) { try searchIndex.upToDate(ledger.viewsAtHead()) }
            }
            let expected = try ledger.keys.searchIndex.upToDate(ledger.viewsAtHead()).entries.map(\.id)
            #expect(expected.count == 23)
            try await withThrowingTaskGroup(of: [KeyID].self) { group in
                for _ in 0..<4 { group.addTask { try await onThread { try searchIndex.upToDate(ledger.viewsAtHead()).entries.map(\.id) } } }
                for try await found in group { #expect(found == expected) }
            }
        }
    }

    @Test func keysAreKnownThoughTheViewsAreBehind() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            #expect(try ledger.keys.searchIndex.upToDate(ledger.viewsAtHead()).entries.isEmpty)
            let key = try await ledger.newKey("a")
            home.clock.advance(microseconds: 1_000)
            _ = try await ledger.newKey("b")
            _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "c"), by: .commandLine)
            #expect(try ledger.views.position() == 0)
            #expect(try ledger.keys.searchIndex.upToDate(ledger.viewsAtHead()).entries.map(\.name) == ["c", "b"])
        }
    }
}

/// A search by going through the list of all keys.
private struct NaiveSearch {
    let all: Int
    let counts: [KeyState.Status: Int]
    let environments: [String]
    let shown: [KeyWithUsage]
    let page: [KeyWithUsage]

    init(_ search: KeySearch, _ ledger: Ledger, _ caller: Caller) throws {
        let now = ledger.time.now
        let keys = try ledger.keys.listKeys(for: caller, limit: .max)
        let words = search.text.split(whereSeparator: \.isWhitespace).map(Self.folded).filter { !$0.isEmpty }
        let matching = keys.filter { key in
            let state = key.key.state
            if let account = search.account, state.accountID != account { return false }
            if let environment = search.environment, state.environment != environment { return false }
            if let bound = search.expiresBefore {
                guard [.active, .disabled].contains(state.status(at: now)), let expiresAt = state.expiresAt, expiresAt < bound else {
                    return false
                }
            }
            if let start = search.unusedSince, (key.usage.lastUsedAt ?? state.createdAt) >= start { return false }
            var texts = [key.key.name ?? "", state.hint] + state.scopes + key.key.metadata.values
            // A caller that sees all accounts finds keys by their accounts too.
            if caller.account.isOperator { texts.append(state.accountID.description) }
            return words.allSatisfy { word in
                texts.contains { Self.folded($0).contains(word) }
                    || word.hasPrefix("key_") && word.count > 4 && state.id.description.hasPrefix(word)
            }
        }
        all = keys.count
        environments = Set(keys.map(\.key.state.environment)).sorted()
        counts = Dictionary(grouping: matching) { $0.key.state.status(at: now) }.mapValues(\.count)
        shown = matching.filter { search.statuses.contains($0.key.state.status(at: now)) }.sorted { a, b in
            let (left, right) = (a.key.state, b.key.state)
            func order<V: Comparable>(_ a: V, _ b: V) -> Bool? { a == b ? nil : (a < b) != search.isDescending }
            let statuses: [KeyState.Status] = [.active, .disabled, .expired, .revoked]
            let isBefore: Bool? =
                switch search.order {
                case .name:
                    order(Letters(a.key.name.map(Self.folded) ?? "\u{10FFFF}"), Letters(b.key.name.map(Self.folded) ?? "\u{10FFFF}"))
                        ?? order(Letters(a.key.name ?? ""), Letters(b.key.name ?? ""))
                case .status: order(statuses.firstIndex(of: left.status(at: now)) ?? 9, statuses.firstIndex(of: right.status(at: now)) ?? 9)
                case .created: order(left.createdAt, right.createdAt)
                case .expires: order(left.expiresAt?.microseconds ?? .max, right.expiresAt?.microseconds ?? .max)
                case .lastUsed: order(a.usage.lastUsedAt?.microseconds ?? 0, b.usage.lastUsedAt?.microseconds ?? 0)
                case .uses: order(a.usage.counts.uses, b.usage.counts.uses)
                case .account: order(left.accountID, right.accountID)
                }
            return isBefore ?? (left.id > right.id)
        }
        page = Array(shown.dropFirst(search.offset).prefix(search.limit))
    }

    /// What a text is compared by; `SearchTextTests` say what that is.
    private static func folded(_ text: some StringProtocol) -> String { String(decoding: SearchText.fold(text), as: UTF8.self) }
}

/// A text in the order of its bytes.
private struct Letters: Comparable {
    let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    static func < (a: Letters, b: Letters) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}
