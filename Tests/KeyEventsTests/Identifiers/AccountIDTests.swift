import KeyEvents
import Testing

@Suite struct AccountIDTests {
    @Test(arguments: ["a", "operator", "acme-1", "user@example.com", "A.b_c:d", String(repeating: "x", count: 64)])
    func accepts(_ text: String) {
        #expect(AccountID(text)?.description == text)
    }

    @Test(arguments: ["", String(repeating: "x", count: 65), "a b", "a/b", "é", "a\n", "a%", "a\u{0}"])
    func rejects(_ text: String) {
        #expect(AccountID(text) == nil)
    }

    @Test func oneAccountIsTheOperators() {
        #expect(AccountID.operator.isOperator)
        #expect(AccountID("acme")?.isOperator == false)
        #expect(AccountID("operator") == .operator)
    }
}
