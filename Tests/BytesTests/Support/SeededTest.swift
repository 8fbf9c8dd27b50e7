import Foundation

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
}
