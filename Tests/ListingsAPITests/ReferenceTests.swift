import APITestSupport
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import ListingsAPI

@Suite("The reference that the service shows of itself")
struct ReferenceTests {
    @Test("The OpenAPI document is the one of the repository, at the address that was asked")
    func description() async throws {
        try await Service.run { service in
            let text = try String(contentsOf: Repository.file("Schemas/listings-openapi.yaml"), encoding: .utf8)
            let answer = try await service.call(.get, "/openapi.yaml", key: nil)
            let address = "http://" + (try #require(answer.text.firstMatch(of: /- url: http:\/\/(\S+)/)).1)
            #expect(answer.status == 200 && answer.text == text.replacing("http://127.0.0.1:8081", with: address))
        }
    }

    @Test("The page needs no key, names every operation, field and code, and loads nothing from elsewhere")
    func page() async throws {
        try await Service.run { service in
            let page = try await service.call(.get, "/", key: nil)
            #expect(page.status == 200 && page.headers[.cacheControl] == "no-store")
            let policy = page.headers[.contentSecurityPolicy] ?? ""
            #expect(policy.hasPrefix("default-src 'none'; style-src 'self'") && !policy.contains("unsafe") && !policy.contains("script"))
            for operation in OpenAPI.shared.operations where operation.value["x-internal"] == nil {
                #expect(page.text.contains("<code>\(operation.path)</code>"), "\(operation.id)")
            }
            for name in OpenAPI.shared.document["components"]?["schemas"]?["ListingContent"]?["properties"]?.names ?? [] {
                #expect(page.text.contains("<code>\(name)</code>"), "\(name)")
            }
            for code in ProblemCode.allCases { #expect(page.text.contains("<code>\(code.rawValue)</code>")) }
            #expect(!page.text.contains("<script") && !page.text.contains(" style=") && !page.text.contains("<style"))
            #expect(page.text.matches(of: /PMS-10\d\d/).count >= 10)
            #expect(try await service.call(.get, "/reference.css", key: nil).status == 200)
            #expect(try await service.call(.head, "/", key: nil).text.isEmpty)
        }
    }

    @Test(
        "Samples have the address that was asked, or the one that the operator names, and nothing else that a request says",
        arguments: [
            ("keys.acme.test:8443", nil, "http://keys.acme.test:8443"), ("[::1]:8081", nil, "http://[::1]:8081"),
            ("$(id)", nil, "http://127.0.0.1:8081"), ("\"><script>", nil, "http://127.0.0.1:8081"),
            ("inside:1", "https://listings.acme.test", "https://listings.acme.test"),
        ] as [(String, String?, String)])
    func addresses(_ host: String, _ publicURL: String?, _ expected: String) {
        let text = ReferenceRoutes(publicURL: publicURL).addressed(EmbeddedFiles.reference_html, for: host)
        #expect(text.contains("curl \"\(expected)/v1/listings\" -H"))
        #expect(expected == "http://127.0.0.1:8081" || !text.contains("127.0.0.1:8081"))
    }
}
