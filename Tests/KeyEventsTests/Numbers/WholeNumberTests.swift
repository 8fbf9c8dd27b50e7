import Testing

@testable import KeyEvents

@Suite struct WholeNumberTests {
    @Test func whatIsRead() {
        #expect(WholeNumber.read("0", in: 0...10) == 0)
        #expect(WholeNumber.read("007", in: 0...10) == 7)
        #expect(WholeNumber.read("18446744073709551615", in: 0...UInt64.max) == .max)
        #expect(WholeNumber.read("-9223372036854775808", in: Int64.min...Int64.max) == .min)
        #expect(WholeNumber.read("-0", in: -1...1) == 0)
    }

    @Test(arguments: [
        "", "-", "+1", "-1", " 1", "1 ", "1.0", "1e3", "0x1", "٣", "11", "18446744073709551616", "-9223372036854775809",
        String(repeating: "0", count: 21), String(repeating: "9", count: 400),
    ])
    func whatIsNot(_ text: String) {
        #expect(WholeNumber.read(text, in: 0...10) == nil)
        #expect(WholeNumber.read(text, in: 0...UInt64(10)) == nil)
    }

    @Test func sumsThatDoNotFitAreTheNearestThatDo() {
        let ends: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]
        for a in ends {
            for b in ends {
                let (x, y) = (Int128(a), Int128(b))
                func nearest(_ number: Int128) -> Int64 { Int64(clamping: number) }
                #expect(a.saturatingAdding(b) == nearest(x + y), "\(a) + \(b)")
                #expect(a.saturatingSubtracting(b) == nearest(x - y), "\(a) - \(b)")
                #expect(a.saturatingMultiplied(by: b) == nearest(x * y), "\(a) * \(b)")
                let (u, v) = (UInt64(bitPattern: a), UInt64(bitPattern: b))
                let (s, t) = (UInt128(u), UInt128(v))
                #expect(u.saturatingAdding(v) == UInt64(clamping: s + t))
                #expect(u.saturatingSubtracting(v) == (u > v ? u - v : 0))
                #expect(u.saturatingMultiplied(by: v) == UInt64(clamping: s * t))
            }
        }
    }
}
