import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

/// The form of a gateway's answer goes by the parameters as they stand in the address.
@Suite struct ResponseDialectTests {
    @Test(arguments: [
        ("proxy=nginx", ResponseDialect.nginx), ("scope=a&proxy=nginx&scope=b", .nginx), ("scope=a&proxy=nginx&\u{301}=b", .nginx),
        ("proxy=nginx\u{301}", .plain), ("proxy=apache", .plain), ("xproxy=nginx", .plain), ("", .plain),
    ])
    func isRead(_ parameters: String, _ dialect: ResponseDialect) {
        #expect(ResponseDialect(parameters) == dialect)
    }

    @Test func withoutParametersItIsPlain() { #expect(ResponseDialect(nil) == .plain) }
}
