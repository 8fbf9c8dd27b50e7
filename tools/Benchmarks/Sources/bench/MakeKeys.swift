internal import ArgumentParser
internal import Ledger

struct MakeKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Makes a ledger of keys.")

    @Argument(help: "A folder to make.")
    var folder: String

    @Option(help: "How many.")
    var keys = 1_000_000

    @Flag(help: "As a person's are, with names; slower to make.")
    var named = false

    func run() async throws {
        let bench = BenchLedger(folder: folder)
        let (ledger, _) = named ? try await bench.makeNamed(keys: keys, accounts: 1000) : try bench.make(keys: keys)
        ledger.close()
    }
}
