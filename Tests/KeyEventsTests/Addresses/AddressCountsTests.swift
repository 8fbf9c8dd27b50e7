import Bytes
import TestSupport
import Testing

@testable import KeyEvents

@Suite struct AddressCountsTests {
    private static func counts(_ addresses: [String?]) -> AddressCounts {
        var counts = AddressCounts(entries: [])
        for address in addresses { counts.add(AddressCounts(address.flatMap { IPAddress($0) })) }
        return counts
    }

    private static func event(_ count: UInt64) -> Event {
        Event(
            keyID: KeyID(Bytes16(high: 1, low: 1)), accountID: .operator, actor: .commandLine,
            body: .refused(Event.Use(count: count, secretID: 1, decidedAtPosition: 0, decidedAt: Timestamp(seconds: 1)), .revoked))
    }

    @Test func eachAddressIsCountedByItself() {
        let counts = Self.counts([
            "198.51.100.1", "::ffff:198.51.100.1", nil, "2001:DB8::1", "2001:db8:0::1", "198.51.100.1", nil, "198.51.100.2",
        ])
        #expect(counts.entries.map(\.address) == ["198.51.100.1", nil, "2001:db8::1", "198.51.100.2"])
        #expect(counts.entries.map(\.count) == [3, 2, 2, 1])
        #expect(counts.others == 0 && counts.total == 8)
        #expect(counts.description == "198.51.100.1 (3), 2001:db8::1 (2), 198.51.100.2 (1), unknown addresses (2)")
    }

    @Test func eightAddressesAreToldAndTheRestCounted() {
        let addresses = (1...20).flatMap { number in [String?](repeating: "192.0.2.\(number)", count: 21 - number) } + [nil, nil]
        let counts = Self.counts(addresses)
        #expect(counts.entries.map(\.address) == (1...8).map { "192.0.2.\($0)" } + [nil])
        #expect(counts.entries.map(\.count) == (1...8).map { UInt64(21 - $0) } + [2])
        #expect(counts.others == UInt64((9...20).reduce(0) { $0 + 21 - $1 }) && counts.total == UInt64(addresses.count))
        #expect(Self.event(counts.total).addressObjection(PersonalFields(addresses: counts)) == nil)
    }

    @Test func partsAreAddedWhateverTheyHold() {
        withSeed { random in
            for _ in 0..<500 {
                var whole = AddressCounts(entries: [])
                var total: UInt64 = 0
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let part = Self.counts(
                        (0..<Int.random(in: 1...15, using: &random)).map { _ in
                            random.chance(10) ? nil : "192.0.2.\(Int.random(in: 0...14, using: &random))"
                        })
                    total += part.total
                    whole.add(part)
                }
                #expect(whole.total == total)
                #expect(Self.event(total).addressObjection(PersonalFields(addresses: whole)) == nil)
            }
        }
    }

    @Test func sumsSaturate() {
        var counts = AddressCounts(entries: [.init(address: "192.0.2.1", count: .max)], others: .max)
        counts.add(counts)
        #expect(counts.total == .max && counts.others == .max)
    }

    @Test func whatDoesNotAddUpIsObjectedTo() throws {
        typealias Entry = AddressCounts.Entry
        let good = [Entry(address: "192.0.2.1", count: 3), Entry(address: nil, count: 1)]
        let bad: [(UInt64, AddressCounts)] = [
            (5, AddressCounts(entries: good)), (4, AddressCounts(entries: good, others: 1)),
            (4, AddressCounts(entries: good, others: .max)),
            (4, AddressCounts(entries: good + [Entry(address: "192.0.2.2", count: 0)])),
            (4, AddressCounts(entries: [Entry(address: "192.0.2.1", count: 2), Entry(address: "192.0.2.1", count: 2)])),
            (4, AddressCounts(entries: [Entry(address: nil, count: 2), Entry(address: nil, count: 2)])),
            (9, AddressCounts(entries: (1...9).map { Entry(address: "192.0.2.\($0)", count: 1) })),
            (4, AddressCounts(entries: [Entry(address: "nonsense", count: 4)])),
            (4, AddressCounts(entries: [Entry(address: "::ffff:192.0.2.1", count: 4)])),
        ]
        #expect(Self.event(4).addressObjection(PersonalFields(addresses: AddressCounts(entries: good))) == nil)
        for (count, addresses) in bad {
            #expect(Self.event(count).addressObjection(PersonalFields(addresses: addresses)) != nil, "\(addresses)")
        }
        var life = Self.event(1)
        life.body = .disabled
        #expect(life.addressObjection(PersonalFields(addresses: AddressCounts(entries: good))) != nil)
        #expect(life.addressObjection(PersonalFields(clientAddress: "192.0.2.1")) == nil)
    }

    /// Records of older versions say where the last came from, and nothing of the others.
    @Test func ofOlderRecordsOnlyTheLastIsKnown() throws {
        let origins = try #require(Self.event(4).origins(PersonalFields(clientAddress: "192.0.2.1")))
        #expect(origins.entries == [.init(address: "192.0.2.1", count: 1), .init(address: nil, count: 3)])
        #expect(Self.event(1).origins(PersonalFields(clientAddress: "192.0.2.1"))?.description == "192.0.2.1")
        #expect(Self.event(4).origins(nil) == nil && Self.event(4).origins(PersonalFields(path: "/a")) == nil)
    }
}
