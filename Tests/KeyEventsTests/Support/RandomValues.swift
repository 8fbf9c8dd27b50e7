import KeyEvents
import TestSupport

extension SplitMix64 {
    /// Mostly small numbers, and those at the edges of an encoding.
    mutating func number() -> UInt64 {
        switch Int.random(in: 0..<4, using: &self) {
        case 0: pick([0, 1, 127, 128, 16_383, 16_384, UInt64(UInt32.max), UInt64(Int64.max), UInt64.max])
        case 1: UInt64.random(in: 0..<300, using: &self)
        case 2: UInt64.random(in: 0..<10_000_000_000, using: &self)
        default: next()
        }
    }

    mutating func time() -> Timestamp {
        chance(80)
            ? Timestamp(microseconds: Int64.random(in: 0..<4_000_000_000_000_000, using: &self))
            : Timestamp(microseconds: Int64(bitPattern: number()))
    }

    mutating func text(_ lengths: ClosedRange<Int> = 0...40) -> String {
        let letters = ["a", "Z", "0", "-", " ", "é", "日", "👩‍👩‍👧", "e\u{301}", "\u{0}", "/", "\""]
        return (0..<Int.random(in: lengths, using: &self)).map { _ in pick(letters) }.joined()
    }
}
