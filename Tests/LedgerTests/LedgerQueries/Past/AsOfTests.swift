import KeyEvents
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerQueries

@Suite("Points of the log")
struct AsOfTests {
    @Test(arguments: [
        ("0", LogBound.position(0)), ("18446744073709551615", .position(.max)), ("18446744073709551616", nil), ("", nil), ("-1", nil),
        ("1.5", nil), ("٣", nil), ("2027-01-15T08:00:00Z", .time(Timestamp(seconds: 1_800_000_000))),
        ("2027-01-15T09:00:00+01:00", .time(Timestamp(seconds: 1_800_000_000))), ("2027-01-15", nil), ("now", nil),
    ])
    func text(_ text: String, _ bound: LogBound?) { #expect(LogBound(text) == bound) }

    private static func words(_ body: () throws -> some Any) -> String {
        do {
            _ = try body()
            return "none"
        } catch {
            return "\(error)"
        }
    }

    @Test func whatCannotBeSeenIsRefusedWithItsReason() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            #expect(Self.words { try ledger.past.asOf(.position(0), field: "at") }.contains("no record yet"))
            #expect(Self.words { try ledger.past.asOf(.time(home.clock.now), field: "at") }.contains("no record yet"))
            let first = home.clock.now
            let key = try await ledger.newKey()
            home.clock.advance(seconds: 10)
            _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
            #expect(try ledger.past.asOf(.position(1), field: "at").end == 2)
            #expect(
                Self.words { try ledger.past.asOf(.position(2), field: "at") } == "at is position 2, and the last record stands at 1.")
            #expect(Self.words { try ledger.past.asOf(.position(.max), field: "at") }.contains("the last record stands at 1"))
            #expect(
                Self.words { try ledger.past.asOf(.time(first.adding(seconds: -1)), field: "--at") }
                    == "--at lies before the first record, which was made at \(first).")
            #expect(try ledger.past.asOf(.time(first), field: "at").end == 1)
            #expect(try ledger.past.asOf(.time(home.clock.now), field: "at").end == 2)
            #expect(
                Self.words { try ledger.past.asOf(.time(home.clock.now.adding(seconds: 1)), field: "at") }
                    == "at lies in the future: by the ledger's clock it is \(home.clock.now).")
            for edge in [Int64.min, .max] {
                #expect(Self.words { try ledger.past.asOf(.time(Timestamp(microseconds: edge)), field: "at") } != "none")
            }
            let later = try await ledger.newKey()
            #expect(
                Self.words { try ledger.past.key(later.id, at: ledger.past.asOf(.position(1), field: "--at"), for: .commandLine) }
                    .hasPrefix("--at lies before the key was made, at position 2"))
        }
    }

    @Test func spans() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let first = home.clock.now
            for _ in 0..<4 {
                _ = try await ledger.newKey()
                home.clock.advance(seconds: 10)
            }
            func bounds(_ from: LogBound?, _ to: LogBound?) throws -> [UInt64] {
                let span = try ledger.past.span(from: from, to: to)
                return [span.start, span.end.end]
            }
            #expect(try bounds(nil, nil) == [0, 4])
            #expect(try bounds(.position(1), .position(3)) == [1, 3])
            #expect(try bounds(.position(1), .position(4)) == [1, 4])
            #expect(try bounds(.time(first.adding(seconds: 10)), .time(first.adding(seconds: 20))) == [1, 2])
            #expect(try bounds(.time(first.adding(seconds: -900)), .time(first.adding(seconds: 1))) == [0, 1])
            #expect(try bounds(.time(first.adding(seconds: 31)), nil) == [4, 4])
            #expect(Self.words { try bounds(.position(3), .position(2)) } == "from must lie before to.")
            #expect(Self.words { try bounds(.position(5), nil) }.hasPrefix("from is position 5, and the last record stands at 3."))
            // What begins behind the last record is empty; what begins later is refused, as it is for a span.
            #expect(
                try ledger.past.beginning(of: nil, field: "--from") == 0 && ledger.past.beginning(of: .position(4), field: "--from") == 4)
            for (bound, problem) in [
                (LogBound.position(5), "--from is position 5, and the last record stands at 3."),
                (.time(first.adding(seconds: 1000)), "--from lies in the future"),
            ] {
                #expect(Self.words { try ledger.past.beginning(of: bound, field: "--from") }.hasPrefix(problem))
            }
            // Between two records, where both are one position.
            #expect(
                Self.words { try bounds(.time(first.adding(seconds: 5)), .time(first.adding(seconds: 4))) } == "from must lie before to.")
            #expect(try bounds(.time(first.adding(seconds: 5)), .time(first.adding(seconds: 5))) == [1, 1])
            #expect(try bounds(.time(first.adding(seconds: 5)), .position(1)) == [1, 1])
            #expect(Self.words { try bounds(.time(first.adding(seconds: 1000)), nil) }.hasPrefix("from lies in the future"))
            #expect(Self.words { try bounds(nil, .position(5)) }.hasPrefix("to is position"))
            #expect(Self.words { try bounds(nil, .position(0)) } == "to lies before the first record.")
            // What ends before the first record is empty, and what would end in the future ends now, and says so.
            #expect(try bounds(nil, .time(first)) == [0, 0])
            for end in [first.adding(seconds: 1000), Timestamp(microseconds: .max)] {
                #expect(try bounds(nil, .time(end)) == [0, 4])
                // Just behind the newest record: what comes next lies in the span that follows.
                #expect(try ledger.past.span(from: nil, to: .time(end)).endTime == first.adding(seconds: 30).adding(microseconds: 1))
            }
            #expect(try bounds(nil, .time(Timestamp(microseconds: .min))) == [0, 0])
        }
    }
}
