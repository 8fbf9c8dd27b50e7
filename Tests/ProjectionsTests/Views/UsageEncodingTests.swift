import Bytes
import KeyEvents
import TestSupport
import Testing

@testable import Projections

/// Bytes on disk, shared with other processes and with later versions.
@Suite struct UsageEncodingTests {
    private static func counts(_ uses: UInt64, _ refusals: [RefusalCode: UInt64] = [:]) -> UsageCounts {
        var counts = UsageCounts()
        counts.uses = uses
        counts.refusals = refusals
        return counts
    }

    @Test func usageCountsGoldenBytes() {
        #expect(UsageCounts().encode() == [0, 0, 0, 0, 0, 0, 0, 0])
        let counts = Self.counts(258, [.quotaExceeded: 3, .notFound: 1, .expired: .max])
        #expect(
            counts.encode()
                == [0, 0, 0, 0, 0, 0, 1, 2] + [1, 0, 0, 0, 0, 0, 0, 0, 1] + [3] + [UInt8](repeating: 255, count: 8)
                + [8, 0, 0, 0, 0, 0, 0, 0, 3])
    }

    @Test func usageCountsComeBack() {
        var random = SplitMix64(seed: printedSeed())
        for _ in 0..<300 {
            var counts = Self.counts(random.next())
            for code in RefusalCode.allCases where random.chance(30) { counts.refusals[code] = random.next() }
            let bytes = counts.encode()
            #expect(UsageCounts(bytes.span) == counts)
            for length in 0..<bytes.count where length % 9 != 8 {
                let cut = Array(bytes.prefix(length))
                #expect(UsageCounts(cut.span) == nil)
            }
        }
        let unknownCode: [UInt8] = [UInt8](repeating: 0, count: 8) + [99] + [UInt8](repeating: 0, count: 8)
        #expect(UsageCounts(unknownCode.span) == nil)
    }

    @Test func usageCountsAddUp() {
        var sum = Self.counts(1, [.expired: 2])
        sum.add(Self.counts(10, [.expired: 20, .revoked: 5]))
        #expect(sum == Self.counts(11, [.expired: 22, .revoked: 5]) && sum.refused == 27)
    }

    @Test func keyUsageGoldenBytes() {
        var usage = KeyUsage()
        let never: [UInt8] = [0x80, 0, 0, 0, 0, 0, 0, 0]
        #expect(usage.encode() == never + never + never + [UInt8](repeating: 0, count: 37))
        usage.firstUsedAt = Timestamp(microseconds: 1)
        usage.lastUsedAt = Timestamp(microseconds: 0x0102_0304_0506_0708)
        usage.lastRefusedAt = Timestamp(microseconds: -1)
        usage.events = 3
        usage.historyRow = 0x1112_1314_1516_1718
        usage.historyRowCount = 0x2122_2324
        usage.lastPosition = 0x3132_3334_3536_3738
        usage.counts = Self.counts(9, [.disabled: 7])
        usage.secretUses = [0x0102_0304: Timestamp(microseconds: 6), 1: Timestamp(microseconds: 5)]
        #expect(
            usage.encode()
                == [0, 0, 0, 0, 0, 0, 0, 1] + [1, 2, 3, 4, 5, 6, 7, 8] + [UInt8](repeating: 255, count: 8) + [0, 0, 0, 0, 0, 0, 0, 3]
                + [0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18] + [0x21, 0x22, 0x23, 0x24]
                + [0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38] + [2] + [0, 0, 0, 1]
                + [0, 0, 0, 0, 0, 0, 0, 5] + [1, 2, 3, 4] + [0, 0, 0, 0, 0, 0, 0, 6] + [0, 0, 0, 0, 0, 0, 0, 9]
                + [4, 0, 0, 0, 0, 0, 0, 0, 7])
        let bytes = usage.encode()
        #expect(KeyUsage(bytes.span) == usage)
        for length in 0..<85 {
            let cut = Array(bytes.prefix(length))
            #expect(KeyUsage(cut.span) == nil)
        }
    }

    @Test func progressGoldenBytes() throws {
        let leaf = try #require(Digest32((0..<32).map { UInt8($0) }))
        let progress = ViewProgress(logID: Bytes16(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10), next: 258, lastLeaf: leaf)
        let bytes = progress.encode()
        #expect(bytes == [0, 0, 0, 7] + (1...16).map { UInt8($0) } + [0, 0, 0, 0, 0, 0, 1, 2] + leaf.bytes)
        #expect(ViewProgress(bytes.span) == progress)
        let beginning = ViewProgress(logID: Bytes16(high: 0, low: 1), next: 0, lastLeaf: nil)
        let first = beginning.encode()
        #expect(first.suffix(32).allSatisfy { $0 == 0 })
        #expect(ViewProgress(first.span) == beginning)
        for length in [0, 59, 61] {
            let other = Array((bytes + [0]).prefix(length))
            #expect(ViewProgress(other.span) == nil)
        }
    }

    @Test func historyRows() {
        let row: [UInt8] = [0, 0, 0, 0] + [0, 0, 1, 0] + [255, 255, 255, 255]
        #expect(HistoryRow.positions(row.span, first: 1000) == [1000, 1256, 1000 + UInt64(UInt32.max)])
        var usage = KeyUsage()
        #expect(!HistoryRow.hasRoom(usage, for: 5))
        usage.historyRow = 10
        usage.historyRowCount = 127
        #expect(HistoryRow.hasRoom(usage, for: 11) && HistoryRow.hasRoom(usage, for: 10 + UInt64(UInt32.max)))
        #expect(!HistoryRow.hasRoom(usage, for: 11 + UInt64(UInt32.max)))
        usage.historyRowCount = 128
        #expect(!HistoryRow.hasRoom(usage, for: 11))
    }
}
