import Testing

/// Every number and time of the command line, at its ends and beyond: an answer or a sentence, and never a crash.
@Suite struct BoundariesTests {
    @Test(arguments: [
        "0", "9223372036854775807", "-9223372036854775808", "18446744073709551615", "18446744073709551616",
        String(repeating: "9", count: 400), "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "9223372036854775807s", "106751992d", "",
    ])
    func everyOption(_ value: String) throws {
        let ledger = try TemporaryLedger()
        let (id, _) = try ledger.key()
        for arguments in [
            ["keys", "create", "--name", "x", "--expires=" + value], ["keys", "change", id, "--expires=" + value],
            ["keys", "rotate", id, "--grace=" + value], ["keys", "list", "--at=" + value], ["keys", "show", id, "--at=" + value],
            ["log", "show", "--from=" + value], ["log", "show", "--limit=" + value], ["log", "show", "--key", id, "--from=" + value],
            ["usage", "--from=" + value], ["usage", "--to=" + value], ["usage", id, "--per", "hour", "--to=" + value],
            ["usage", id, "--per", "day", "--from=" + value], ["audit", "leak", "--since=" + value],
            ["log", "export", "--format", "bundle", "--from=" + value], ["log", "export", "--format", "bundle", "--to=" + value],
            ["log", "export", "--format", "csv", "--from=" + value, "--to=" + value],
            ["audit", "explain", "--", value], ["audit", "prove", "--", value], ["audit", "consistency", "--", value],
        ] {
            let place = arguments.firstIndex(of: "--") ?? arguments.endIndex
            let result = try Program.run(
                arguments[..<place] + ["--data", ledger.path] + arguments[place...], input: ledger.adminSecret + "\n")
            #expect((0...3).contains(result.code) && !result.error.contains("a fault of the program"), "\(arguments): \(result.error)")
        }
    }
}
