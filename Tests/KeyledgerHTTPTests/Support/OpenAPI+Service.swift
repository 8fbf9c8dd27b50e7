import APITestSupport

extension OpenAPI {
    /// The description of the service.
    static let shared = OpenAPI("Schemas/openapi.yaml")
}

extension OpenAPI.Operation {
    /// Whether the id in its path is that of an account.
    var isOfAccount: Bool { path.hasPrefix("/v1/accounts/") }
}
