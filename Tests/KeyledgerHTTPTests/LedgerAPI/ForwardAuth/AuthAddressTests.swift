import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("The address at which a gateway asks")
struct AuthAddressTests {
    @Test(
        "holds the demand, and for some gateways the customer's path and query behind it",
        arguments: [
            ("/v1/auth", nil, nil), ("/v1/auth?", "", nil), ("/v1/auth?scope=a?b", "scope=a?b", nil),
            ("/v1/auth?scope=a&scope=b", "scope=a&scope=b", nil),
            ("/v1/auth/for/scope=a&environment=live//listings/42?scope=b", "scope=a&environment=live", "/listings/42?scope=b"),
            ("/v1/auth/for/-//", nil, "/"), ("/v1/auth/for/-/a?b?c", nil, "a?b?c"),
            ("/v1/auth/for/scope=a%2Fb//x", "scope=a%2Fb", "/x"),
            // OPTIONS * has no slash of its own: it must not become part of the demand.
            ("/v1/auth/for/scope=a:/*", "scope=a:", "*"),
        ] as [(String, String?, String?)])
    func parts(_ text: String, _ requirements: String?, _ target: String?) throws {
        let address = try #require(AuthAddress(target: text))
        #expect(address.requirements == requirements && address.target == target)
    }

    @Test(
        "is no other",
        arguments: [
            "/v1/auth/", "/v1/authx", "/v1/auth/for", "/v1/auth/for/scope=a", "/v1/auth/for/scope=a:*", "/v1/auth/of/-/x", "/V1/auth",
            // No request has it: the router decides what it means.
            "/v1/auth?scope=a#b", "/v1/auth#",
        ])
    func others(_ text: String) { #expect(AuthAddress(target: text) == nil) }
}
