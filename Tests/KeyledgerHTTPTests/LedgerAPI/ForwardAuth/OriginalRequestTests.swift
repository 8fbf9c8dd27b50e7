import Bytes
import HTTPTypes
import KeyEvents
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("The customer's request, as a gateway tells it")
struct OriginalRequestTests {
    private static func original(
        _ fields: [(String, String)], method: HTTPRequest.Method = .get, target: String? = nil, isTrusted: Bool = true
    ) throws -> OriginalRequest {
        var headers = HTTPFields()
        for (name, value) in fields { headers.append(.init(name: try #require(HTTPField.Name(name)), value: value)) }
        let request = HTTPRequest(method: method, scheme: nil, authority: nil, path: "/v1/auth", headerFields: headers)
        return OriginalRequest(request, target: target, trusted: isTrusted ? .loopback : nil)
    }

    @Test("in the headers of nginx or of Caddy and Traefik")
    func headers() throws {
        let nginx = try Self.original([("X-Original-Method", "PUT"), ("X-Original-URI", "/a?b=c"), ("X-Real-IP", "192.0.2.7")])
        #expect(nginx.useContext == UseContext(clientAddress: "192.0.2.7", method: "PUT", path: "/a"))
        #expect(nginx.targets == ["/a?b=c"])
        let caddy = try Self.original([("X-Forwarded-Method", "PUT"), ("X-Forwarded-Uri", "/a?b=c"), ("X-Forwarded-For", "192.0.2.7")])
        #expect(caddy.useContext == nginx.useContext)
        for (url, target) in [
            ("https://shop.example:8443/a?b=c", "/a?b=c"), ("http://shop.example", "/"), ("http://shop.example?b=c", "/?b=c"),
            ("/a?b=c", "/a?b=c"),
        ] {
            let ingress = try Self.original([("X-Original-Method", "PUT"), ("X-Original-URL", url), ("X-Real-IP", "192.0.2.7")])
            #expect(ingress.targets == [target], "\(url)")
            #expect(ingress.path == target)
        }
        #expect(try Self.original([("X-Original-URI", "/forged"), ("X-Original-URL", "http://shop.example/a")]).path == nil)
    }

    @Test("is not believed of a gateway that is not trusted, but for a key in the address")
    func untrusted() throws {
        let original = try Self.original(
            [
                ("X-Forwarded-Method", "OPTIONS"), ("X-Forwarded-Uri", "/a?key=c"), ("X-Forwarded-For", "192.0.2.7"),
                ("X-Real-IP", "192.0.2.7"),
                ("Origin", "https://a.example"), ("Access-Control-Request-Method", "PUT"),
            ], isTrusted: false)
        #expect(original.useContext == UseContext() && original.address == nil && !original.isPreflight)
        #expect(original.targets == ["/a?key=c"])
    }

    @Test("Of what is told in two ways, one may come from the customer: where they differ, nothing is believed")
    func contradictions() throws {
        let original = try Self.original([
            ("X-Forwarded-Method", "GET"), ("X-Original-Method", "PUT"), ("X-Forwarded-Uri", "/a"), ("X-Original-URI", "/b?key=x"),
            ("X-Forwarded-For", "192.0.2.7"), ("X-Real-IP", "192.0.2.8"),
        ])
        #expect(original.useContext == UseContext() && original.address == nil)
        #expect(original.targets == ["/a", "/b?key=x"])
        let alike = try Self.original([
            ("X-Forwarded-Method", "PUT"), ("X-Original-Method", "PUT"), ("X-Forwarded-For", "192.0.2.7"), ("X-Real-IP", "192.0.2.7:80"),
        ])
        #expect(alike.method == "PUT" && alike.address?.description == "192.0.2.7")
        // A proxy in the middle of the chain.
        let chain = try Self.original([("X-Forwarded-For", "192.0.2.7, 127.0.0.9"), ("X-Real-IP", "127.0.0.9")])
        #expect(chain.address?.description == "192.0.2.7")
        #expect(try Self.original([("X-Real-IP", "192.0.2.7")]).address?.description == "192.0.2.7")
        for fields in [[("X-Forwarded-For", "nobody"), ("X-Real-IP", "192.0.2.7")], [("X-Real-IP", "nobody")]] {
            #expect(try Self.original(fields).address == nil)
        }
    }

    @Test("In the address itself, it and the method are the customer's; headers say nothing")
    func inAddress() throws {
        let original = try Self.original(
            [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/b?key=x")], method: .delete, target: "/listings/42?page=2")
        #expect(original.useContext == UseContext(method: "DELETE", path: "/listings/42"))
        #expect(original.targets == ["/listings/42?page=2"])
    }

    @Test("A preflight has its method and both headers")
    func preflights() throws {
        let (origin, wanted) = (("Origin", "https://a.example"), ("Access-Control-Request-Method", "PUT"))
        func isPreflight(_ fields: (String, String)...) throws -> Bool {
            try Self.original(fields).isPreflight
        }
        #expect(try isPreflight(("X-Forwarded-Method", "OPTIONS"), origin, wanted))
        #expect(try !isPreflight(("X-Forwarded-Method", "GET"), origin, wanted))
        #expect(try !isPreflight(("X-Forwarded-Method", "options"), origin, wanted))
        #expect(try !isPreflight(("X-Forwarded-Method", "OPTIONS"), origin))
        #expect(try !isPreflight(("X-Forwarded-Method", "OPTIONS"), wanted))
        #expect(try !isPreflight(("X-Forwarded-Method", "OPTIONS"), ("X-Original-Method", "PUT"), origin, wanted))
        #expect(try !isPreflight(origin, wanted))
    }
}
