import Testing

@Suite("Where gateways are to be answered and cannot be")
struct BindErrorsTests {
    @Test(
        "says so, and how to choose another place",
        arguments: [
            ("unix:/nowhere/auth.sock", "No such file"), ("unix:/etc/passwd", "no socket"),
            ("unix:/tmp/" + String(repeating: "x", count: 120), "too long"), ("192.0.2.1:8081", "Cannot assign"),
        ])
    func words(_ address: String, _ reason: String) throws {
        let ledger = try TemporaryLedger()
        let result = try Program.run(["serve", "--port", "0", "--auth-listen", address, "--data", ledger.path])
        #expect(result.code == 2)
        #expect(result.error.contains(reason) && result.error.contains("--auth-listen"), "\(result.error)")
        // Nobody is told of an address while another one may still fail.
        #expect(result.output.isEmpty, "\(result.output)")
    }
}
