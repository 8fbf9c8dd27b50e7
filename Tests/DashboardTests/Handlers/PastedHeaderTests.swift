import Testing

@testable import Dashboard

@Suite struct PastedHeaderTests {
    @Test(arguments: [
        "Authorization: Bearer lhql_live_x", "authorization:bearer lhql_live_x", "X-API-Key: lhql_live_x", "x-api-key:lhql_live_x\r\n",
        "-H 'Authorization: Bearer lhql_live_x' \\", "  --header \"X-API-Key: lhql_live_x\"",
        "Host: api.example.com\nAuthorization: Bearer lhql_live_x\nAccept: */*",
    ])
    func rightForms(_ text: String) {
        let header = PastedHeader(text)
        #expect(header.secret == "lhql_live_x")
        #expect(header.problem == nil)
    }

    @Test(arguments: [
        ("Authorization: lhql_live_x", "Bearer is missing"), ("Authorization: Token lhql_live_x", "is not Bearer"),
        ("Bearer lhql_live_x", "name of the header"), ("lhql_live_x", "without a header"), ("Api-Token: lhql_live_x", "another name"),
        ("X-API-Key: Bearer lhql_live_x", "without Bearer"),
        ("Authorization: Bearer lhql_live_x\nX-API-Key: lhql_live_y", "two keys"),
    ])
    func wrongFormsWithAKey(_ text: String, _ words: String) throws {
        let header = PastedHeader(text)
        let problem = try #require(header.problem)
        #expect(problem.contains(words), "\(problem)")
        #expect(header.secret?.contains("lhql_live_x") == true)
    }

    @Test(arguments: ["Authorization: Basic dXNlcjpwYXNz", "Authorization: Bearer", "Authorization:", " \n ", "hello dear support"])
    func formsWithoutAKey(_ text: String) {
        let header = PastedHeader(text)
        #expect(header.secret == nil && header.problem != nil)
    }
}
