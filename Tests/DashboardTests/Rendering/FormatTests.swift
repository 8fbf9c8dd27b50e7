import KeyEvents
import Testing

@testable import Dashboard

@Suite struct FormatTests {
    @Test func countsAndTimes() {
        #expect([0, 7, 999, 1000, 1_234_567].map { Format.count($0) } == ["0", "7", "999", "1,000", "1,234,567"])
        #expect(Format.count(1, "use") == "1 use" && Format.count(1200, "use") == "1,200 uses")
        #expect(Format.time(Site.start) == "15 Jan 2027, 08:00 UTC")
        for instant in [Int64.min, -62_167_219_200_000_001, 253_402_300_800_000_000, .max].map({ Timestamp(microseconds: $0) }) {
            #expect(Format.time(instant).hasSuffix(" UTC") && !Format.isoDate(instant).isEmpty)
        }
        #expect(Format.time(Timestamp(seconds: 253_402_300_800)) == "1 Jan 10000, 00:00 UTC")
        #expect(
            Format.sentence("It ends at \(Site.start); or at 2027-01-15T08:00:00Z.")
                == "It ends at 15 Jan 2027, 08:00 UTC; or at 15 Jan 2027, 08:00 UTC.")
        #expect(Format.sentence("It is 2027-01-15T99:00:00Z, or 2027-01-15.") == "It is 2027-01-15T99:00:00Z, or 2027-01-15.")
        #expect(Format.day(Site.start) == "15 Jan" && Format.isoDate(Site.start) == "2027-01-15")
    }
}
