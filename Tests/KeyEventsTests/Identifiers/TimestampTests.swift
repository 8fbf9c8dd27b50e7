import Foundation
import KeyEvents
import TestSupport
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999999Z", -1), ("2027-01-01T00:00:00Z", 1_798_761_600_000_000),
            ("2000-02-29T12:00:00Z", 951_825_600_000_000), ("2024-02-29T23:59:59.5Z", 1_709_251_199_500_000),
            ("1985-04-12T23:20:50.52Z", 482_196_050_520_000), ("1996-12-19T16:39:57-08:00", 851_042_397_000_000),
            ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130_000), ("1990-12-31T23:59:60Z", 662_688_000_000_000),
            ("1990-12-31T15:59:60-08:00", 662_688_000_000_000), ("2027-01-01t00:00:00z", 1_798_761_600_000_000),
            ("2027-01-01 00:00:00Z", 1_798_761_600_000_000), ("0000-01-01T00:00:00Z", -62_167_219_200_000_000),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999), ("2027-01-01T00:00:00.123456789Z", 1_798_761_600_123_456),
            ("2027-01-01T05:30:00+05:30", 1_798_761_600_000_000), ("2027-01-01T00:00:00-00:00", 1_798_761_600_000_000),
        ] as [(String, Int64)])
    func reads(_ text: String, _ microseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2027", "2027-01-01", "2027-01-01T00:00:00", "2027-01-01T00:00Z", "2027-13-01T00:00:00Z", "2027-00-01T00:00:00Z",
        "2027-01-00T00:00:00Z", "2027-01-32T00:00:00Z", "2027-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2027-04-31T00:00:00Z",
        "2027-01-01T24:00:00Z", "2027-01-01T00:60:00Z", "2027-01-01T00:00:61Z", "2027-01-01T00:00:00.Z",
        "2027-01-01T00:00:00.1234567890Z", "2027-01-01T00:00:00,5Z", "2027-01-01T00:00:00+0100", "2027-01-01T00:00:00+24:00",
        "2027-01-01T00:00:00+01:60", "2027-01-01T00:00:00Z ", " 2027-01-01T00:00:00Z", "2027-1-1T00:00:00Z", "+027-01-01T00:00:00Z",
        "-2027-01-01T00:00:00Z", "12027-01-01T00:00:00Z", "２０27-01-01T00:00:00Z", "2027-01-01T00:00:00+1:00", "1798761600",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2027-01-01T00:00:00ZZ", "now",
    ])
    func rejects(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z", "1970-01-01T00:00:00Z"),
            (1, "1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:00.000001Z"),
            (1_000, "1970-01-01T00:00:00.001000Z", "1970-01-01T00:00:00.001Z"),
            (500_000, "1970-01-01T00:00:00.500000Z", "1970-01-01T00:00:00.500Z"),
            (-1, "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
            (1_798_761_600_000_000, "2027-01-01T00:00:00.000000Z", "2027-01-01T00:00:00Z"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z", "0000-01-01T00:00:00Z"),
        ] as [(Int64, String, String)])
    func writes(_ microseconds: Int64, _ text: String, _ compact: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(microseconds: microseconds).compactText == compact)
    }

    @Test func textsSortAsTheInstantsDo() {
        withSeed { random in
            for _ in 0..<2_000 {
                let second = Int64.random(in: 0...4_000_000_000, using: &random)
                // Close together, and with fractions that other texts write with fewer digits.
                let steps: [Int64] = [0, 1, 1_000, 500_000, 999_999, 1_000_000]
                let instants = (0..<2).map { _ in Timestamp(seconds: second).adding(microseconds: random.pick(steps)) }
                #expect((instants[0].description < instants[1].description) == (instants[0] < instants[1]), "\(instants)")
            }
        }
    }

    @Test func daysOfUTC() {
        #expect(Timestamp(startOfDay: "2027-01-01")?.description == "2027-01-01T00:00:00.000000Z")
        #expect(Timestamp(endOfDay: "2027-01-01")?.description == "2027-01-01T23:59:59.999999Z")
        #expect(Timestamp(endOfDay: "2024-02-29")?.description == "2024-02-29T23:59:59.999999Z")
        for text in ["2027-02-29", "2027-13-01", "2027-1-01", "2027-01-01T", "20270101", "", "2027-01-0１", "2027-01-01Z"] {
            #expect(Timestamp(startOfDay: text) == nil && Timestamp(endOfDay: text) == nil, "\(text)")
        }
    }

    /// What lies beyond the earliest or latest instant is that instant; nothing overflows on the way to it, or on the way from it.
    @Test func beyondAllInstantsIsTheLastOfThem() {
        let (earliest, latest) = (Timestamp(microseconds: .min), Timestamp(microseconds: .max))
        for seconds in [Int64.min, .min + 1, -9_223_372_036_855, 9_223_372_036_855, .max - 1, .max] {
            let end = seconds < 0 ? earliest : latest
            #expect(Timestamp(seconds: seconds) == end)
            #expect(Timestamp(seconds: 0).adding(seconds: seconds) == end && end.adding(seconds: seconds) == end)
            #expect(latest.adding(seconds: seconds) >= earliest && earliest.adding(seconds: seconds) <= latest)
        }
        #expect(latest.adding(microseconds: 1) == latest && earliest.adding(microseconds: -1) == earliest)
        #expect(latest.adding(seconds: -1) < latest && earliest.adding(seconds: 1) > earliest)
        for instant in [earliest, latest] {
            #expect(instant.day.year.magnitude > 290_000 && (1...12).contains(instant.day.month) && (1...31).contains(instant.day.day))
            #expect(instant.description.hasSuffix("Z") && !instant.isWritable)
        }
        #expect(Timestamp(seconds: 253_402_300_800).day == (10_000, 1, 1))
        #expect(Timestamp(seconds: -62_167_219_201).day == (-1, 12, 31))
    }

    @Test func everyInstantOfFourDigitYearsSurvives() {
        withSeed { random in
            for _ in 0..<5_000 {
                let microseconds = Int64.random(in: -62_167_219_200_000_000...253_402_300_799_999_999, using: &random)
                let instant = Timestamp(microseconds: random.chance(50) ? microseconds : microseconds / 1_000_000 * 1_000_000)
                #expect(Timestamp(rfc3339: instant.description) == instant)
            }
        }
    }

    /// Days and months as Foundation's calendar has them, from 1600 on (before, it may be the Julian one).
    @Test func agreesWithFoundation() {
        let formatter = ISO8601DateFormatter()
        withSeed { random in
            for _ in 0..<1_500 {
                let second = Int64.random(in: -11_676_096_000...253_402_300_799, using: &random)
                #expect(Timestamp(seconds: second).compactText == formatter.string(from: Date(timeIntervalSince1970: Double(second))))
            }
        }
    }

    @Test func offsetsAreTakenOff() {
        withSeed { random in
            for _ in 0..<2_000 {
                let instant = Timestamp(seconds: Int64.random(in: 0...4_000_000_000, using: &random))
                let hours = Int64.random(in: 0...23, using: &random)
                let minutes = Int64.random(in: 0...59, using: &random)
                let sign: Int64 = random.chance(50) ? 1 : -1
                let local = instant.adding(seconds: sign * (hours * 3600 + minutes * 60)).description.dropLast()
                let offset = (sign > 0 ? "+" : "-") + (hours < 10 ? "0" : "") + "\(hours):" + (minutes < 10 ? "0" : "") + "\(minutes)"
                #expect(Timestamp(rfc3339: local + offset) == instant)
            }
        }
    }

    /// A record from elsewhere can hold any number; showing it must not trap.
    @Test func extremeInstantsCanBeShown() {
        #expect(Timestamp(microseconds: .min).description == "-290308-12-21T19:59:05.224192Z")
        #expect(Timestamp(microseconds: .max).description == "294247-01-10T04:00:54.775807Z")
    }

    @Test func secondsRoundDown() {
        #expect(Timestamp(microseconds: -1).second == -1)
        #expect(Timestamp(microseconds: -1_000_000).second == -1)
        #expect(Timestamp(microseconds: 999_999).second == 0)
    }

    @Test func neverTraps() {
        withSeed { random in
            let letters = ["0", "1", "9", "-", ":", "T", "Z", ".", "+", " ", "é"]
            for _ in 0..<5_000 {
                var text = Array("2027-01-01T00:00:00.5+01:00").map(String.init)
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    text[Int.random(in: 0..<text.count, using: &random)] = random.pick(letters)
                }
                if let instant = Timestamp(rfc3339: text.joined()) { #expect(Timestamp(rfc3339: instant.description) == instant) }
            }
        }
    }
}
