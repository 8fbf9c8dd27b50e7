import APITestSupport

extension OpenAPI {
    /// The description of the listings API.
    static let shared = OpenAPI("Schemas/listings-openapi.yaml")
}

extension OpenAPI.Operation {
    /// Whether it needs no key.
    var isOpen: Bool { value["security"]?.elements.isEmpty == true }
}
