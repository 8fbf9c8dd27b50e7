import Bytes
import EventLog
import KeyEvents
import Storage
import TestSupport
import Testing

@testable import Projections

@Suite(.holdsLedgers) struct StateStoreTests {
    /// Four tables against the fold of the log, after every few events.
    @Test func applyEqualsTheFold() throws {
        var random = SplitMix64(seed: printedSeed())
        for _ in 0..<5 {
            let log = try TestLog()
            var history = RandomHistory()
            for _ in 0..<8 {
                try log.append(history.events(Int.random(in: 1...120, using: &random), &random))
                #expect(try log.stateDump() == Self.naiveTables(try log.events()))
            }
        }
    }

    @Test func theExpiryScheduleHoldsOnlyLiveKeys() throws {
        let log = try TestLog()
        let key = KeyID(Bytes16(high: 1, low: 1))
        func expiries() throws -> [TableRow] { try log.stateDump()["expiries"] ?? [] }
        func row(_ microseconds: Int64) -> TableRow {
            TableRow(key: UInt64(bitPattern: microseconds).bigEndianBytes + key.raw.bytes, value: [])
        }
        try log.append([.creation(of: key, expiresAt: Timestamp(microseconds: 300))])
        #expect(try expiries() == [row(300)])
        try log.append([.about(key, .changed(Event.Changed(expiry: .at(Timestamp(microseconds: 100)))))])
        #expect(try expiries() == [row(100)])
        try log.append([.about(key, .changed(Event.Changed(expiry: .never)))])
        #expect(try expiries() == [])
        try log.append([.about(key, .changed(Event.Changed(expiry: .at(Timestamp(microseconds: 200)))))])
        #expect(try expiries() == [row(200)])
        try log.append([.about(key, .disabled)])
        #expect(try expiries() == [row(200)])
        try log.append([.about(key, .revoked(reasonCode: "x"))])
        #expect(try expiries() == [])
    }

    @Test func dueKeysComeEarliestFirst() throws {
        let log = try TestLog()
        for number in 1...20 as ClosedRange<UInt64> {
            let expiresAt = number.isMultiple(of: 5) ? nil : Timestamp(microseconds: Int64(1000 - number))
            try log.append([.creation(of: KeyID(Bytes16(high: 1, low: number)), expiresAt: expiresAt)])
        }
        func due(_ now: Int64, _ limit: Int = .max) throws -> [UInt64] {
            try log.environment.read { transaction in
                try StateView(log.tables, transaction).store.due(at: Timestamp(microseconds: now), limit: limit, transaction).map(
                    \.raw.low)
            }
        }
        #expect(try due(980) == [])
        #expect(try due(981) == [19])
        #expect(try due(986) == [19, 18, 17, 16, 14])
        #expect(try due(.max, 3) == [19, 18, 17])
        #expect(try due(.max).count == 16)
    }

    @Test func aSecretLeadsToItsKeyAndSomewhatLonger() throws {
        let log = try TestLog()
        let key = KeyID(Bytes16(high: 1, low: 1))
        try log.append([.creation(of: key, secret: 1)])
        let second = Event.secret(2, id: 2)
        try log.append([.about(key, .secretAdded(second, olderRetire: nil))])
        #expect(try log.stateDump()["index"]?.map(\.key) == [Event.secret(1).digest.bytes, second.digest.bytes])
        try log.append([.about(key, .secretRetired(secretID: 1))])
        // Each entry says which secret it is, and whether it is still one.
        let entries = try #require(try log.stateDump()["index"]).map(\.value)
        #expect(entries.map { Array($0[24..<28]) } == [[0, 0, 0, 1], [0, 0, 0, 2]] && entries.map { $0[1] } == [8, 0])
        for number in UInt32(3)...40 {
            try log.append([.about(key, .secretRetired(secretID: number - 1))])
            try log.append([.about(key, .secretAdded(Event.secret(UInt8(number), id: number), olderRetire: nil))])
        }
        #expect(try log.stateDump()["index"]?.count == KeyState.maxRetiredSecrets + 1)
    }

    @Test func eventsThatMakeNoSenseChangeNothing() throws {
        let log = try TestLog()
        let key = KeyID(Bytes16(high: 1, low: 1))
        try log.append([.about(key, .disabled), .about(key, .expired), .about(key, .revoked(reasonCode: "x"))])
        #expect(try log.stateDump().values.allSatisfy(\.isEmpty))
        try log.append([.creation(of: key)])
        try log.append([.about(key, .revoked(reasonCode: "x"))])
        let ended = try log.stateDump()
        try log.append([
            .about(key, .enabled), .about(key, .expired), .creation(of: key, secret: 9), .about(key, .secretRetired(secretID: 1)),
        ])
        #expect(try log.stateDump() == ended)
    }

    @Test func keysComeInPagesInBothDirections() throws {
        var random = SplitMix64(seed: printedSeed())
        let log = try TestLog()
        var history = RandomHistory()
        while history.keys.count < 60 { try log.append(history.events(50, &random)) }
        let states = try log.environment.read { transaction in
            try history.keys.map { try #require(try StateView(log.tables, transaction).store.key($0, transaction)) }
        }
        // One account's name begins with another's.
        for account in [nil, "operator", "a", "ab", "b", "c"].map({ $0.map(AccountID.init(trusted:)) }) {
            let ids = states.filter { account == nil || $0.accountID == account }.map(\.id).sorted()
            for isDescending in [false, true] {
                let expected = isDescending ? ids.reversed() : ids
                for size in [1, 7, 60, 1000] {
                    var found: [KeyState] = []
                    while true {
                        let page = try page(log, account, after: found.last?.id, size, isDescending)
                        if page.isEmpty { break }
                        #expect(page.count <= size)
                        found += page
                    }
                    #expect(found.map(\.id) == expected)
                    #expect(found.allSatisfy { states.contains($0) })
                }
                // The keys are also listed from a key that does not exist.
                for _ in 0..<20 {
                    let start = KeyID(Bytes16(high: UInt64.random(in: 0..<70 << 32, using: &random), low: random.next()))
                    let page = try page(log, account, after: start, 5, isDescending)
                    #expect(page.map(\.id) == Array(expected.filter { isDescending ? $0 < start : $0 > start }.prefix(5)))
                }
                #expect(try page(log, account, after: nil, 0, isDescending).isEmpty)
            }
        }
    }

    @Test func damagedStateIsAnErrorThatNamesTheCure() throws {
        let log = try TestLog()
        let key = KeyID(Bytes16(high: 1, low: 1))
        try log.append([.creation(of: key)])
        try log.environment.write { try $0.put(key.raw.bytes, [255], in: log.tables.current($0).keys) }
        let error = #expect(throws: LogError.self) {
            try log.environment.read { transaction in _ = try StateView(log.tables, transaction).store.key(key, transaction) }
        }
        #expect(error?.description.contains("keyledger replay") == true)
    }

    @Test func damagedExpiriesAndPointersAreErrorsAndNoTrap() throws {
        let log = try TestLog()
        try log.append([.creation(of: KeyID(Bytes16(high: 1, low: 1)), expiresAt: Timestamp(seconds: 1))])
        func expired() throws -> [KeyID] {
            try log.environment.read { transaction in
                try StateView(log.tables, transaction).store.due(at: Timestamp(seconds: 5), limit: 10, transaction)
            }
        }
        #expect(try expired().count == 1)
        for key in [[0], [UInt8](repeating: 0, count: 8), [UInt8](repeating: 0, count: 23)] {
            try log.environment.write { try $0.put(key, [], in: log.tables.current($0).expiries) }
            #expect(throws: LogError.self) { try expired() }
            try log.environment.write { _ = try $0.delete(key.span, in: log.tables.current($0).expiries) }
        }
        #expect(try expired().count == 1)
        // Taken for the other set, the pointer would make every key unknown, or bring back what was revoked.
        try log.environment.write { try LogMeta.stateSet.set([3], log.reader.tables, &$0) }
        #expect(throws: LogError.self) { try expired() }
        _ = try StateRebuild(log.reader, log.tables).run { _ in }
        #expect(try expired().count == 1)
    }

    private func page(_ log: TestLog, _ account: AccountID?, after: KeyID?, _ limit: Int, _ isDescending: Bool) throws -> [KeyState] {
        try log.environment.read { transaction in
            try StateView(log.tables, transaction).store.keys(
                of: account, after: after, limit: limit, descending: isDescending, transaction)
        }
    }

    /// The tables as their documentation says.
    static func naiveTables(_ log: [(position: UInt64, event: Event)]) -> [String: [TableRow]] {
        var states: [KeyID: KeyState] = [:]
        for (position, event) in log where event.body.isLifecycle {
            states[event.keyID] = evolve(states[event.keyID], event, at: position)
        }
        var tables: [String: [TableRow]] = [
            "keys": [], "index": [], "expiries": [], "accounts": [], "erasures": [], "standings": [],
        ]
        for (account, keys) in Dictionary(grouping: states.values, by: \.accountID) {
            let standing = AccountStanding(keys: UInt64(keys.count { $0.end == nil }))
            tables["standings"]?.append(TableRow(key: Array(account.description.utf8), value: standing.row(of: account)))
        }
        for state in states.values {
            let id = state.id.raw.bytes
            tables["keys"]?.append(TableRow(key: id, value: StateStore.encode(state)))
            tables["accounts"]?.append(TableRow(key: Array(state.accountID.description.utf8) + [0] + id, value: []))
            for secret in state.secrets {
                tables["index"]?.append(TableRow(key: secret.record.digest.bytes, value: ValidationEntry.encode(state, secret)))
            }
            let retirements = state.secrets.filter { $0.retiredAt == nil }.compactMap(\.retirement?.date)
            if state.end == nil, let next = (retirements + [state.expiresAt].compactMap(\.self)).min() {
                tables["expiries"]?.append(TableRow(key: UInt64(bitPattern: next.microseconds).bigEndianBytes + id, value: []))
            }
        }
        return tables.mapValues { $0.sorted { $0.key.lexicographicallyPrecedes($1.key) } }
    }
}
