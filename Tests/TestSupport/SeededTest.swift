internal import Foundation

/// A seed drawn anew each time, or taken from `KEYLEDGER_TEST_SEED`, and printed: a failure is run again with it.
public func printedSeed(_ file: String = #fileID, _ name: String = #function) -> UInt64 {
    let given = ProcessInfo.processInfo.environment["KEYLEDGER_TEST_SEED"].flatMap(UInt64.init)
    let seed = given ?? UInt64.random(in: 0..<1_000_000_000)
    print("\(file) \(name): KEYLEDGER_TEST_SEED=\(seed)")
    return seed
}

/// Runs `body` with a generator that begins with a printed seed.
public func withSeed(_ file: String = #fileID, _ name: String = #function, _ body: (inout SplitMix64) throws -> Void) rethrows {
    var generator = SplitMix64(seed: printedSeed(file, name))
    try body(&generator)
}
