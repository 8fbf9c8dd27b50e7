import Bytes
import KeyEvents
import Testing

@testable import Projections

/// Rows may hold any number: of a damaged file, or of a log that another program wrote. To read one, and to go on counting from it, ends
/// nobody's process.
@Suite struct StoredNumbersTests {
    private static let bytes: [UInt8] = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF]

    @Test func countsGoOnFromWhateverStands() throws {
        for byte in Self.bytes {
            var row = [UInt8](repeating: byte, count: 8)
            for code in RefusalCode.allCases { row += [code.rawValue] + [UInt8](repeating: byte, count: 8) }
            let stored = UsageCounts(row.span)
            var counts = try #require(stored)
            counts.add(counts)
            counts.add(.max, nil)
            counts.add(.max, .revoked)
            #expect(counts.uses == .max && counts.refused == .max)
            #expect(UsageCounts(counts.encode().span) == counts)
        }
    }

    @Test func usageGoesOnFromWhateverStands() throws {
        for byte in Self.bytes {
            // The byte before the counts says how many secrets stand there.
            let row =
                [UInt8](repeating: byte, count: 52) + [byte] + [UInt8](repeating: byte, count: 12 * Int(byte))
                + [UInt8](repeating: byte, count: 8)
            let stored = KeyUsage(row.span)
            var usage = try #require(stored)
            for position in [UInt64.min, 1, .max - 1, .max] {
                _ = HistoryRow.hasRoom(usage, for: position)
                usage.addEvent(at: position)
                for (first, last) in [(Int64.min, Int64.max), (.max, .min), (0, 0)] {
                    let times = (Timestamp(microseconds: first), Timestamp(microseconds: last))
                    usage.addUses(.max, nil, of: .max, from: times.0, to: times.1)
                    usage.addUses(.max, .revoked, of: 0, from: times.0, to: times.1)
                }
            }
            _ = usage.since(usage)
            _ = KeyUsage(usage.encode().span)
        }
    }

    @Test func aHistoryIsNeverBeyondAllPositions() {
        for first in [UInt64.min, .max - 1, .max] {
            for byte in Self.bytes {
                let positions = HistoryRow.positions([UInt8](repeating: byte, count: 512).span, first: first)
                #expect(positions.count == 128 && positions.allSatisfy { $0 >= first })
            }
        }
    }

    @Test func progressIsReadWhateverItSays() {
        for byte in Self.bytes {
            for count in [0, 59, 60, 61] { _ = ViewProgress([UInt8](repeating: byte, count: count).span) }
        }
    }

    /// What the layout has no room for lets nobody in.
    @Test func aKeyThatSaysTooMuchIsRefused() throws {
        let digest = try #require(Digest32([UInt8](repeating: 7, count: 32)))
        let long = String(repeating: "x", count: 256)
        for (environment, scopes) in [(long, ["*"]), ("live", [long]), ("live", [String](repeating: "*", count: 256)), (long, [])] {
            let state = KeyState(
                id: KeyID(Bytes16(high: 1, low: 2)), accountID: AccountID(trusted: "acme"), environment: environment,
                createdAt: Timestamp(microseconds: .max), createdPosition: .max, sealedName: nil, sealedMetadata: nil,
                secrets: [KeySecret(record: SecretRecord(id: .max, digest: digest, hint: "…"), addedAt: Timestamp(microseconds: .min))],
                scopes: scopes, permissions: Permission.allCases, expiresAt: nil)
            let bytes = ValidationEntry.encode(state, state.secrets[0])
            guard let entry = ValidationEntry(bytes.span) else {
                Issue.record("it is no entry")
                continue
            }
            let isRefused = entry.isRevoked && !entry.permits("a")
            #expect(isRefused)
        }
    }
}
