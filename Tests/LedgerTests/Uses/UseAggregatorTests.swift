import Bytes
import KeyEvents
import TestSupport
import Testing

@testable import Ledger
@testable import Validation

@Suite struct UseAggregatorTests {
    private static let start = Timestamp(seconds: 1_800_000_000)

    private static func note(
        _ key: UInt64 = 1, _ refusal: RefusalCode? = .expired, after microseconds: Int64 = 0, position: UInt64 = 5, count: UInt64 = 1,
        isInternal: Bool = false, from address: String? = nil
    ) -> PendingUse {
        let digest = Digest32([UInt8](repeating: 7, count: 32))
        guard let digest else { preconditionFailure("32 bytes are a digest") }
        let known = Verdict.KnownKey(
            id: KeyID(Bytes16(high: 0, low: key)), accountID: .hotel, secretID: 1, digest: digest, permissions: [], expiresAt: nil,
            endsAt: Timestamp(microseconds: .max), isSecretRetired: false, retiresOlder: false)
        var note = PendingUse(
            known, refusal, accessCheck: AccessCheck(), position: position,
            decidedAt: Timestamp(microseconds: start.microseconds + microseconds),
            actor: .commandLine, context: UseContext(clientAddress: address), isInternal: isInternal)
        note.use.count = count
        return note
    }

    @Test func oneRecordAKeyCodeAndSecond() {
        let aggregator = UseAggregator(TestClock())
        for key in 1...3 as ClosedRange<UInt64> {
            for code in [RefusalCode.expired, .revoked] {
                for second in 0..<4 as Range<Int64> {
                    for part in [0, 1, 500_000, 999_999] as [Int64] {
                        aggregator.add(Self.note(key, code, after: second * 1_000_000 + part), window: .seconds(1))
                    }
                }
            }
        }
        let notes = aggregator.drainExpiredWindows(at: nil)
        #expect(notes.count == 3 * 2 * 4)
        for note in notes {
            #expect(note.use.count == 4)
            #expect(note.use.decidedAt.microseconds - (note.use.firstAt?.microseconds ?? 0) == 999_999)
            #expect(note.use.decidedAt.microseconds % 1_000_000 == 999_999)
        }
        #expect(aggregator.drainExpiredWindows(at: nil).isEmpty)
    }

    @Test func aWindowEndsAtItsEnd() {
        let aggregator = UseAggregator(TestClock())
        aggregator.add(Self.note(after: 300_000), window: .seconds(1))
        aggregator.add(Self.note(isInternal: true), window: .seconds(60))
        let end = Self.start.adding(seconds: 1)
        #expect(aggregator.drainExpiredWindows(at: Timestamp(microseconds: end.microseconds - 1)).isEmpty)
        #expect(aggregator.drainExpiredWindows(at: end).count == 1)
        #expect(aggregator.drainExpiredWindows(at: Self.start.adding(seconds: 59)).isEmpty)
        #expect(aggregator.drainExpiredWindows(at: Self.start.adding(seconds: 60)).count == 1)
    }

    @Test func oneUseStaysAsItWas() throws {
        let aggregator = UseAggregator(TestClock())
        let note = Self.note(after: 17, position: 9)
        aggregator.add(note, window: .seconds(1))
        let taken = try #require(aggregator.drainExpiredWindows(at: nil).first)
        #expect(taken.use == note.use && taken.use.firstAt == nil)
    }

    /// They come from many threads, so in any order.
    @Test func orderDoesNotMatter() throws {
        let notes = [Self.note(after: 10, position: 7), Self.note(after: 30, position: 5, count: 3), Self.note(after: 20, position: 9)]
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let aggregator = UseAggregator(TestClock())
            for index in order { aggregator.add(notes[index], window: .seconds(1)) }
            let taken = try #require(aggregator.drainExpiredWindows(at: nil).first)
            // Time and position of one decision.
            #expect(taken.use.count == 5 && taken.use.decidedAtPosition == 5)
            #expect(taken.use.firstAt == notes[0].use.decidedAt && taken.use.decidedAt == notes[1].use.decidedAt)
        }
    }

    @Test func usesRefusalsAndInternalUsesAreApart() {
        let aggregator = UseAggregator(TestClock())
        for note in [Self.note(1, nil), Self.note(1, .expired), Self.note(1, nil, isInternal: true), Self.note(2, nil)] {
            aggregator.add(note, window: .seconds(60))
            aggregator.add(note, window: .seconds(60))
        }
        let taken = aggregator.drainExpiredWindows(at: nil)
        #expect(taken.count == 4 && taken.allSatisfy { $0.use.count == 2 })
    }

    @Test func takesTheWindowsOfOneKeyInOrder() {
        let aggregator = UseAggregator(TestClock())
        for second in [3, 1, 2, 0] as [Int64] {
            for key in [1, 2] as [UInt64] { aggregator.add(Self.note(key, after: second * 1_000_000), window: .seconds(1)) }
        }
        let taken = aggregator.drain(KeyID(Bytes16(high: 0, low: 2)))
        #expect(taken.count == 4 && taken.allSatisfy { $0.keyID.raw.low == 2 })
        #expect(taken.map(\.use.decidedAt) == taken.map(\.use.decidedAt).sorted())
        #expect(aggregator.drainExpiredWindows(at: nil).count == 4)
    }

    @Test func nothingIsLostByPuttingBack() {
        var random = SplitMix64(seed: printedSeed())
        for _ in 0..<100 {
            let aggregator = UseAggregator(TestClock())
            let seconds = random.pick([1, 10, 60, 3600] as [Int64])
            var added: [String: UInt64] = [:]
            var taken: [String: UInt64] = [:]
            func name(_ note: PendingUse) -> String { "\(note.keyID) \(String(describing: note.refusal)) \(note.use.isInternal)" }
            for _ in 0..<60 {
                let note = Self.note(
                    random.pick([1, 2]), random.pick([nil, .expired]), after: Int64.random(in: 0..<200_000_000, using: &random),
                    count: UInt64.random(in: 1...5, using: &random))
                aggregator.add(note, window: .seconds(note.refusal == nil ? seconds : 1))
                added[name(note), default: 0] += note.use.count
                let limit: Timestamp? = random.chance(50) ? nil : Self.start.adding(seconds: Int64.random(in: 0..<300, using: &random))
                let notes = random.chance(50) ? aggregator.drainExpiredWindows(at: limit) : aggregator.drain(note.keyID)
                if random.chance(60) {
                    aggregator.restore(notes)
                } else {
                    for note in notes { taken[name(note), default: 0] += note.use.count }
                }
            }
            for note in aggregator.drainExpiredWindows(at: nil) { taken[name(note), default: 0] += note.use.count }
            #expect(taken == added)
        }
    }

    /// A clock that is set back keeps no window open for longer than its length and a little.
    @Test func aWindowEndsThoughTheClockIsSetBack() {
        for seconds in [1, 60] as [Int64] {
            let clock = TestClock(start: Self.start)
            let aggregator = UseAggregator(clock)
            aggregator.add(Self.note(), window: .seconds(seconds))
            clock.step(seconds: -3600)
            clock.advance(microseconds: seconds * 1_000_000 + UseAggregator.maxClockSkew.wholeMicroseconds - 1)
            #expect(aggregator.drainExpiredWindows(at: clock.now).isEmpty)
            clock.advance(microseconds: 1)
            #expect(aggregator.drainExpiredWindows(at: clock.now).count == 1)
        }
    }

    /// However long nothing can be recorded, what waits grows with the keys and the hours only.
    @Test func whatEndedIsPutTogether() {
        var random = SplitMix64(seed: printedSeed())
        let clock = TestClock(start: Timestamp(seconds: 1_800_000_000))
        let aggregator = UseAggregator(clock)
        var added: [KeyID: [Int64: UInt64]] = [:]
        for _ in 0..<7200 {
            for _ in 0..<3 {
                let after = clock.now.microseconds - Self.start.microseconds
                let note = Self.note(random.pick([1, 2]), after: after, count: UInt64.random(in: 1...5, using: &random))
                aggregator.add(note, window: .seconds(1))
                added[note.keyID, default: [:]][note.use.decidedAt.second / 3600, default: 0] += note.use.count
            }
            clock.advance(seconds: 1)
            aggregator.coalesceExpiredWindows(at: clock.now)
            #expect(aggregator.count <= 2 * 3)
        }
        var taken: [KeyID: [Int64: UInt64]] = [:]
        for note in aggregator.drainExpiredWindows(at: clock.now) {
            taken[note.keyID, default: [:]][note.use.decidedAt.second / 3600, default: 0] += note.use.count
        }
        #expect(taken == added)
        #expect(aggregator.drainExpiredWindows(at: nil).isEmpty)
    }

    @Test func closedItTakesNoMoreButWhatIsPutBack() {
        let aggregator = UseAggregator(TestClock())
        #expect(aggregator.add(Self.note(), window: .seconds(1)))
        aggregator.close()
        #expect(!aggregator.add(Self.note(), window: .seconds(1)))
        let taken = aggregator.drainExpiredWindows(at: nil)
        #expect(taken.map(\.use.count) == [1])
        aggregator.restore(taken)
        #expect(aggregator.drainExpiredWindows(at: nil).map(\.use.count) == [1])
    }
}

extension UseAggregator {
    /// Makes an aggregator with a vault that has no key: nothing here is to be sealed.
    fileprivate convenience init(_ clock: TestClock) {
        self.init(clock: clock.ledgerClock, vault: Vault(path: "/nonexistent", randomness: Randomness { 0 }))
    }
}
