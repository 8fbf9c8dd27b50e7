import KeyEvents
import Testing

/// No way of printing a secret prints it.
@Suite struct SecretTests {
    private let secret = Secret("lhql_live_hunter2")

    @Test func isRedactedHoweverItIsShown() {
        var dumped = ""
        dump(secret, to: &dumped)
        var nested = ""
        dump(["key": secret], to: &nested)
        let shown = [
            "\(secret)", secret.description, secret.debugDescription, String(describing: secret), String(reflecting: secret),
            "\([secret])", "\(Optional(secret) as Any)", String(reflecting: (1, secret)), dumped, nested,
        ]
        for text in shown {
            #expect(!text.contains("hunter2"))
            #expect(text.contains("‹secret›"))
        }
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test func revealsOnRequest() {
        #expect(secret.reveal() == "lhql_live_hunter2")
    }
}
