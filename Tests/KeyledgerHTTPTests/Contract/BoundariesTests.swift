import APITestSupport
import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Ledger
import NIOCore
import NIOHTTP1
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

/// Every parameter and field of every described operation, at the ends of numbers and times and beyond. Whoever would end the process
/// ends this one.
@Suite("No number, time or text ends the process")
struct BoundariesTests {
    /// An answer of the kinds that are the caller's doing, or that nothing can be said for now.
    private static func check(_ answer: Answer, _ what: @autoclosure () -> String) {
        #expect(answer.status < 500 || answer.status == 503, "\(what()): \(answer.status) \(answer.text)")
    }

    /// Sends a call without checking it against the description: only the endpoint knows how text in an address is meant.
    private static func call(
        _ service: Service, _ method: HTTPRequest.Method, _ uri: String, _ body: String? = nil, headers: HTTPFields = [:]
    ) async throws -> Answer {
        let response = try await service.client.execute(
            uri: uri, method: method, headers: complete(headers, service.admin.secret, body), body: body.map { ByteBuffer(string: $0) })
        return Answer(status: response.status.code, headers: response.headers, text: String(buffer: response.body))
    }

    private static func names(_ operation: OpenAPI.Operation, in place: String) -> [String] {
        operation.parameters.filter { $0["in"]?.string == place }.compactMap { $0["name"]?.string }
    }

    private static func method(_ operation: OpenAPI.Operation) throws -> HTTPRequest.Method {
        try #require(HTTPRequest.Method(operation.method))
    }

    private static func path(_ operation: OpenAPI.Operation, _ service: Service) async throws -> String {
        operation.path.replacing("{id}", with: try await service.key().id).replacing("{rest}", with: "0/000")
    }

    @Test("in a query, alone and in pairs")
    func queries() async throws {
        try await Service.run { service in
            for operation in OpenAPI.shared.operations where operation.method == "GET" {
                let names = Self.names(operation, in: "query")
                let path = try await Self.path(operation, service)
                let headers: HTTPFields = operation.id == "forwardAuth" ? [.serviceKey: service.admin.secret] : [:]
                for name in names {
                    for value in Boundaries.all {
                        let uri = path + "?\(name)=" + Boundaries.encoded(value)
                        Self.check(try await Self.call(service, .get, uri, headers: headers), "\(operation.id) \(name)=\(value)")
                    }
                }
                // Spans are computed of two, and `keyId` leads to other ways.
                for (first, second) in [("from", "to"), ("since", "until")] where names.contains(first) && names.contains(second) {
                    let ends = ["0", "1", "9007199254740991", "18446744073709551615"] + Boundaries.times
                    for from in ends {
                        for to in ends {
                            let span = "?\(first)=\(Boundaries.encoded(from))&\(second)=\(Boundaries.encoded(to))"
                            let ofKey = "&keyId=\(service.admin.id)&per="
                            for more in operation.id == "showUsage" ? ["", ofKey + "hour", ofKey + "total"] : [""] {
                                Self.check(try await Self.call(service, .get, path + span + more), "\(operation.id) \(from) \(to)")
                            }
                        }
                    }
                }
            }
            #expect(try await service.call(.get, "/healthz", key: nil).status == 200)
        }
    }

    @Test("in a path")
    func paths() async throws {
        try await Service.run { service in
            for operation in OpenAPI.shared.operations where operation.path.contains("{") {
                for value in Boundaries.all + ["x001/000", "0/x999/x999/x999/x999/x999/999", "7/999.p/255", "0/000.p/256", "0/000.p/0"] {
                    // What stands for `{rest}` may hold slashes.
                    let inPath = value.contains("/") ? value : Boundaries.encoded(value)
                    let path = operation.path.replacing("{id}", with: inPath).replacing("{rest}", with: inPath)
                    let body = operation.method == "GET" ? nil : "{}"
                    Self.check(try await Self.call(service, Self.method(operation), path, body), "\(operation.id) \(value)")
                }
            }
            #expect(try await service.call(.get, "/healthz", key: nil).status == 200)
        }
    }

    private static let headers = [
        "Range", "If-Match", "If-None-Match", "If-Modified-Since", "Last-Event-ID", "Idempotency-Key", "X-Forwarded-For", "X-Real-IP",
        "X-Forwarded-Method", "X-Forwarded-Uri", "Forwarded", "traceparent", "tracestate", "Accept", "Accept-Language", "Max-Forwards",
        "Age", "Date", "Expires", "Keep-Alive", "Priority", "Cookie", "Origin", "Access-Control-Request-Method", "X-API-Key",
        "Authorization", "Content-Encoding", "X-Request-Id",
    ]

    @Test("in a header, of whoever calls from a trusted proxy")
    func headers() async throws {
        try await Service.run(over: .live) { service in
            let calls: [(HTTPRequest.Method, String, String?)] = [
                (.get, "/v1/keys?limit=1", nil), (.post, "/v1/verify", #"{"key":"x"}"#), (.get, "/v1/auth", nil),
                (.get, "/v1/events?until=2000-01-01T00:00:00Z", nil), (.patch, "/v1/keys/\(service.admin.id)", #"{"name":"n"}"#),
            ]
            for (method, uri, body) in calls {
                for name in Self.headers {
                    let field = try #require(HTTPField.Name(name))
                    for value in Boundaries.numbers + Boundaries.times.prefix(4) + Boundaries.texts.filter({ $0.utf8.count < 4000 }) {
                        var fields: HTTPFields = uri == "/v1/auth" ? [.serviceKey: service.admin.secret] : [:]
                        if name == "Last-Event-ID" { fields[.accept] = "text/event-stream" }
                        fields.append(HTTPField(name: field, value: value))
                        let secret = name == "Authorization" ? nil : service.admin.secret
                        let status = try await Self.status(service, method, uri, Self.complete(fields, secret, body), body)
                        #expect(status < 500 || status == 503, "\(uri) \(name): \(value)")
                    }
                }
            }
            // The connection of the service's own client has been idle for too long by now.
            #expect(try await Self.status(service, .get, "/healthz", [:], nil) == 200)
        }
    }

    /// Hummingbird's own client for tests gives up after 20 seconds, which a commit may take on a machine that does much else.
    private static func status(
        _ service: Service, _ method: HTTPRequest.Method, _ uri: String, _ fields: HTTPFields, _ body: String?
    ) async throws -> UInt {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(try #require(service.client.port))\(uri)")
        request.method = HTTPMethod(rawValue: method.rawValue)
        for field in fields { request.headers.add(name: field.name.rawName, value: field.value) }
        request.body = body.map { .bytes(ByteBuffer(string: $0)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(240))
        for try await _ in response.body {}
        return response.status.code
    }

    private static func complete(_ fields: HTTPFields, _ secret: String?, _ body: String?) -> HTTPFields {
        var fields = fields
        if let secret { fields[.authorization] = "Bearer " + secret }
        if body != nil { fields[.contentType] = "application/json" }
        return fields
    }

    @Test("in a field of a body")
    func bodies() async throws {
        try await Service.run { service in
            for operation in OpenAPI.shared.operations {
                guard let schema = operation.value["requestBody"]?["content"]?["application/json"]?["schema"] else { continue }
                let path = try await Self.path(operation, service)
                let properties = OpenAPI.shared.schemas.resolve(schema)["properties"]?.fields ?? []
                for property in properties {
                    for value in Boundaries.json {
                        var fields = [#""\#(property.name)":\#(value)"#]
                        if property.name != "name", operation.id == "createKey" { fields.append(#""name":"n""#) }
                        if property.name != "key", operation.id == "verifyKey" { fields.append(#""key":"\#(service.admin.secret)""#) }
                        let body = "{" + fields.joined(separator: ",") + "}"
                        let answer = try await Self.call(service, Self.method(operation), path, body)
                        Self.check(answer, "\(operation.id) \(property.name): \(value)")
                    }
                }
                for value in Boundaries.json {
                    Self.check(try await Self.call(service, Self.method(operation), path, value), "\(operation.id): \(value)")
                }
                if operation.id == "verifyBatch" { try await Self.tryBatches(path, service) }
            }
            #expect(try await service.call(.get, "/healthz", key: nil).status == 200)
        }
    }

    private static func tryBatches(_ path: String, _ service: Service) async throws {
        for name in ["key", "ip", "at", "minPosition", "scopes", "environment", "method", "path", "dryRun"] {
            for value in Boundaries.json {
                let body = #"{"requests":[{"key":"x"},{\#(name == "key" ? "" : #""key":"x","#)"\#(name)":\#(value)}]}"#
                check(try await call(service, .post, path, body), "\(name): \(value)")
            }
        }
    }
}
