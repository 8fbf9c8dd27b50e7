import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

/// The form of a gateway's answer goes by the parameters as they stand in the address.
@Suite struct AuthFormTests {
    @Test(arguments: [
        ("proxy=nginx", AuthForm.nginx), ("scope=a&proxy=nginx&scope=b", .nginx), ("scope=a&proxy=nginx&\u{301}=b", .nginx),
        ("proxy=nginx\u{301}", .plain), ("proxy=apache", .plain), ("xproxy=nginx", .plain), ("", .plain),
    ])
    func isRead(_ parameters: String, _ form: AuthForm) {
        #expect(AuthForm(parameters) == form)
    }

    @Test func withoutParametersItIsPlain() { #expect(AuthForm(nil) == .plain) }
}
