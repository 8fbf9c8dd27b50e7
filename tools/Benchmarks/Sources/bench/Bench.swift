internal import ArgumentParser

/// What `tools/bench` runs, a process a round. Each measuring command prints one number: how many a second.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Makes ledgers to measure on, and measures. Each measuring command prints one number: how many a second.",
        subcommands: [
            MakeKeys.self, MakeUses.self, MakePages.self, Verdicts.self, BareLoop.self, DurableUses.self, Rebuild.self, BareHTTP.self,
            Appends.self, BareAppends.self, BareScan.self, Moments.self,
        ])
}

struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Repeats itself from one seed, so that rounds and their rivals meet the same keys in the same order. Not for secrets that
/// matter: those made here open nothing.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// Prints how many of `count` were done a second.
func printRate(_ count: Int, in duration: Duration) { print(Int((Double(count) / duration.seconds).rounded())) }
