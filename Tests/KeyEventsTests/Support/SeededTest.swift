import Foundation
import KeyEvents

/// Runs `body` with a generator whose seed is drawn anew each time, or taken from `KEYLEDGER_TEST_SEED`, and prints the seed:
/// a failure is run again with it.
func withSeed(_ file: String = #fileID, _ name: String = #function, _ body: (inout SplitMix64) throws -> Void) rethrows {
    let given = ProcessInfo.processInfo.environment["KEYLEDGER_TEST_SEED"].flatMap(UInt64.init)
    let seed = given ?? UInt64.random(in: 0..<1_000_000_000)
    print("\(file) \(name): KEYLEDGER_TEST_SEED=\(seed)")
    var generator = SplitMix64(seed: seed)
    try body(&generator)
}

extension SplitMix64 {
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }

    mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[Int.random(in: 0..<choices.count, using: &self)] }

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
