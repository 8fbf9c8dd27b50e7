internal import ArgumentParser
internal import KeyService

struct MakeKeys: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Makes a ledger of keys.")

    @Argument(help: "A folder to make.")
    var folder: String

    @Option(help: "How many.")
    var keys = 1_000_000

    func run() throws {
        let (ledger, _) = try BenchLedger(folder: folder).make(keys: keys)
        ledger.close()
    }
}
