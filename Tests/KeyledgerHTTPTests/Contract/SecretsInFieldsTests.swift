import APITestSupport
import Foundation
import HTTPTypes
import HummingbirdTesting
import KeyEvents
import Ledger
import LedgerQueries
import TestSupport
import Testing
import Validation

@testable import KeyledgerHTTP
@testable import LedgerAPI

/// Every field, parameter and place in an address that is described, and those that are not, with a live key's secret in it. What
/// is described later is tried by itself.
@Suite("No secret in any field")
struct SecretsInFieldsTests {
    /// How somebody may come to write a secret.
    private struct Forms {
        /// Found in any text.
        let whole: [String]
        /// A piece, found where people write.
        let cut: String

        init(_ secret: String) {
            let base64 = { (text: String) in Data(text.utf8).base64EncodedString() }
            let percent = secret.utf8.map { "%" + String($0, radix: 16) }.joined()
            whole = [
                secret, "it is \(secret), as you asked", "my_\(secret)x", secret.replacing("_", with: "%5F"), percent,
                percent.replacing("%", with: "%25"), base64(secret), "Basic " + base64(secret + ":"),
                base64("user:" + secret).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: ""),
                secret.prefix(30) + "\u{200B}" + secret.dropFirst(30), secret.prefix(30) + "\n" + secret.dropFirst(30),
                String(
                    String.UnicodeScalarView(secret.unicodeScalars.compactMap { Unicode.Scalar($0.value + 0xFEE0) })),
                secret.lowercased(),
            ]
            cut = String(secret.dropLast(4))
        }
    }

    /// A place in a body, by its name in messages, and the body with a text there.
    private struct Place {
        let name: String
        let body: (String) -> String
    }

    /// Those that are meant to hold one, and the path that is not recorded.
    private static let exempt = [
        "verifyKey key", "verifyKey path", "verifyBatch requests[0].key", "verifyBatch requests[0].path", "revokeBySecret secret",
    ]

    /// The unreserved characters of RFC 3986 section 2.3.
    private static let unreserved = CharacterSet(charactersIn: "a"..."z").union(CharacterSet(charactersIn: "A"..."Z"))
        .union(CharacterSet(charactersIn: "0123456789-._~"))

    private static func text(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }

    /// `others`: the required fields of the object beside the one that is tried; they stand as they are.
    private static func places(_ schema: JSONValue, _ path: String, _ required: [String: String], _ body: @escaping (String) -> String)
        -> [Place]
    {
        let schema = OpenAPI.shared.schemas.resolve(schema)
        func object(_ name: String, _ value: String) -> String {
            let others = required.filter { schema["properties"]?[$0.key] != nil && $0.key != name }
            return body(
                "{" + ([("\(name)", value)] + others.map { ($0.key, $0.value) }).map { text($0) + ":" + $1 }.joined(separator: ",") + "}")
        }
        var places = (schema["properties"]?.fields ?? []).flatMap { property -> [Place] in
            let (name, value) = (property.name, OpenAPI.shared.schemas.resolve(property.value))
            let types = value["type"]?.string.map { [$0] } ?? value["type"]?.elements.compactMap(\.string) ?? []
            var places = [Place(name: path + name) { object(name, text($0)) }]
            if types.contains("array") {
                if let items = value["items"], OpenAPI.shared.schemas.resolve(items)["properties"] != nil {
                    // Each element has its own.
                    return Self.places(items, "\(path)\(name)[0].", required) { object(name, "[\($0)]") }
                }
                places.append(Place(name: "\(path)\(name)[1]") { object(name, "[\"a\",\(text($0))]") })
            }
            if types.contains("object") {
                places.append(Place(name: path + name) { object(name, "{\"a\":\(text($0))}") })
                places.append(Place(name: path + name) { object(name, "{\(text($0)):\"a\"}") })
            }
            return places
        }
        places.append(Place(name: "") { object($0, "1") })
        places.append(Place(name: path + "surprise") { object("surprise", text($0)) })
        return places
    }

    /// Nothing anywhere that could give the secret away: files, their names, what is sealed in them, answers, log.
    private static func search(_ service: Service, _ secret: String, _ outputs: [String]) throws {
        let pieces = [String(secret.dropFirst(14).prefix(12)), String(secret.dropLast(12).suffix(12))]
        var places = outputs + service.log.lines
        try service.ledger.events.events(from: 0, limit: .max) { places.append("\($0) \($1) \(String(reflecting: $2))") }
        for listed in try service.ledger.keys.listKeys(for: .commandLine, limit: 1000) { places.append(String(reflecting: listed)) }
        let folder = service.ledger.folder.path
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            places.append(name)
            if let bytes = FileManager.default.contents(atPath: folder + "/" + name) {
                places.append(String(decoding: bytes, as: UTF8.self))
            }
        }
        #expect(places.contains { $0.contains(SecretFormat.hint(of: Secret(secret))) }, "the search finds nothing at all")
        for piece in pieces {
            for place in places where place.range(of: piece, options: .caseInsensitive) != nil {
                Issue.record("a piece of the secret stands in \(place.prefix(200))")
            }
        }
    }

    @Test("Every field of every body, and every name of one")
    func bodies() async throws {
        try await Service.run { service in
            let victim = try await service.key("victim", account: "acme", scopes: ["*"])
            let forms = Forms(victim.secret)
            var outputs: [String] = []
            var tried: Set<String> = []
            for operation in OpenAPI.shared.operations {
                guard let schema = operation.value["requestBody"]?["content"]?["application/json"]?["schema"] else { continue }
                let method: HTTPRequest.Method = operation.method == "PATCH" ? .patch : .post
                let target = operation.path.replacing("{id}", with: victim.id)
                let required = ["name": "\"n\"", "key": "\"\(service.admin.secret)\"", "secret": "\"\(victim.secret)\""]
                for place in Self.places(schema, "", required, { $0 }) where !Self.exempt.contains("\(operation.id) \(place.name)") {
                    tried.insert("\(operation.id) \(place.name)")
                    for form in forms.whole + [forms.cut] {
                        let answer = try await service.call(method, target, place.body(form))
                        outputs.append(answer.text + "\(answer.headers)")
                        #expect(
                            answer.status == 400 && answer.code == "SECRET_IN_FIELD",
                            "\(operation.id) \(place.name) \(form): \(answer.text)")
                        #expect((answer["field"]?.string ?? "") == place.name, "\(operation.id) \(place.name): \(answer.text)")
                    }
                }
            }
            #expect(
                tried.isSuperset(of: [
                    "createKey accountId", "createKey metadata", "createKey scopes[1]", "verifyKey method", "revokeKey reason",
                ]))
            #expect(try service.ledger.verifier.evaluate(victim.secret).code == .valid)
            try Self.search(service, victim.secret, outputs)
        }
    }

    @Test("A path that somebody called is no reason to refuse them, and is not recorded if it holds a secret")
    func paths() async throws {
        try await Service.run { service in
            let victim = try await service.key("victim", account: "acme")
            let forms = Forms(victim.secret)
            for form in forms.whole + [forms.cut] {
                for path in ["/a/\(form)", "/a?key=\(form)", form] {
                    let fields = "{\"key\":\"\(victim.secret)\",\"path\":\(Self.text(path)),\"method\":\"GET\"}"
                    #expect(try await service.call(.post, "/v1/verify", fields)["valid"]?.bool == true)
                    #expect(try await service.call(.post, "/v1/verify/batch", "{\"requests\":[\(fields)]}").status == 200)
                }
            }
            var paths: Set<String?> = []
            try service.ledger.events.events(from: 2, limit: .max) { _, _, personal in paths.insert(personal?.path) }
            #expect(paths == ["/a", nil])
            try Self.search(service, victim.secret, [])
        }
    }

    @Test("Every parameter, and every place in an address, whatever the parameter's name")
    func addresses() async throws {
        try await Service.run { service in
            let victim = try await service.key("victim", account: "acme")
            var outputs: [String] = []
            for operation in OpenAPI.shared.operations where operation.value["security"] == nil && operation.id != "forwardAuth" {
                let method = try #require(HTTPRequest.Method(operation.method))
                let names =
                    operation.parameters.filter { $0["in"]?.string == "query" }.compactMap { $0["name"]?.string } + ["key", "surprise"]
                for form in Forms(victim.secret).whole {
                    let value = try #require(form.addingPercentEncoding(withAllowedCharacters: Self.unreserved))
                    var targets = names.map { operation.path + "?a=b&\($0)=\(value)" } + [operation.path + "?\(value)=1"]
                    targets = targets.map { $0.replacing("{id}", with: victim.id).replacing("{rest}", with: "000") }
                    if operation.path.contains("{") {
                        targets.append(operation.path.replacing("{id}", with: value).replacing("{rest}", with: value))
                    }
                    for target in targets {
                        let answer = try await service.call(method, target, operation.value["requestBody"] == nil ? nil : "{}")
                        outputs.append(answer.text + "\(answer.headers)")
                        #expect(answer.status == 400 && answer.code == "BAD_HEADER", "\(operation.id) \(target): \(answer.text)")
                    }
                }
            }
            #expect(try await service.call(.get, "/v1/keys?key=city").code == "INVALID_FIELD")
            try Self.search(service, victim.secret, outputs)
        }
    }

    @Test("A command's id, and headers that are nobody's business")
    func headers() async throws {
        try await Service.run { service in
            let victim = try await service.key("victim", account: "acme")
            var outputs: [String] = []
            for form in Forms(victim.secret).whole where form.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
                for (path, body) in [("/v1/keys", #"{"name":"n"}"#), ("/v1/keys/\(victim.id)/disable", nil)] {
                    let answer = try await service.call(.post, path, body, headers: .idempotent(form))
                    outputs.append(answer.text + "\(answer.headers)")
                    #expect(answer.status == 400 && answer.code == "SECRET_IN_FIELD" && answer["field"]?.string == "Idempotency-Key")
                }
                for name in ["User-Agent", "Cookie", "Referer", "X-Request-Id", "Last-Event-ID", "Accept", "Origin", "X-Forwarded-For"] {
                    let headers: HTTPFields = [try #require(HTTPField.Name(name)): form]
                    for (method, path) in [(HTTPRequest.Method.get, "/v1/keys"), (.get, "/v1/events"), (.post, "/v1/verify")] {
                        let body = method == .post ? "{\"key\":\"\(victim.secret)\"}" : nil
                        let answer = try await service.call(method, path, body, headers: headers)
                        outputs.append(answer.text + "\(answer.headers)")
                    }
                }
            }
            #expect(try service.ledger.verifier.evaluate(victim.secret).code == .valid)
            try Self.search(service, victim.secret, outputs)
        }
    }

    @Test(
        "A customer's key in the address of their request, whichever way a gateway tells of it: by its value, under any name",
        arguments: [Service.Listener.main, .gateways])
    func gateways(_ listener: Service.Listener) async throws {
        try await Service.run(over: .live, listener) { service in
            let customer = try await service.key("customer", account: "acme")
            let gateway: HTTPFields = listener == .main ? [.serviceKey: service.admin.secret] : [:]
            let ways: [@Sendable (String) -> (String, HTTPFields)] = [
                { ("/v1/auth", [.init("X-Original-URI")!: $0]) }, { ("/v1/auth", [.init("X-Forwarded-Uri")!: $0]) },
                { ("/v1/auth?proxy=nginx", [.init("X-Original-URI")!: $0]) }, { ("/v1/auth/for/-/" + $0, [:]) },
            ]
            for way in ways {
                for form in Forms(customer.secret).whole {
                    let value = try #require(form.addingPercentEncoding(withAllowedCharacters: Self.unreserved))
                    for address in ["/a?q=\(value)", "/a?key=\(value)", "/a?\(value)", "/\(value)/b", "/a?x=1&y[]=\(value)#z"] {
                        let (path, headers) = way(address)
                        guard !path.contains("#") else { continue }
                        let answer = try await service.call(.get, path, key: customer.secret, headers: gateway.merging(headers))
                        #expect(answer.code == "BAD_HEADER" && answer.text.contains("leaked"), "\(address): \(answer.text)")
                    }
                }
                for address in [
                    "/a?key=city", "/a?key=", "/a?q=prod_live_ABC", "/a_b_c?token=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c",
                ] {
                    let (path, headers) = way(address)
                    let answer = try await service.call(.get, path, key: customer.secret, headers: gateway.merging(headers))
                    #expect(answer.status == 200, "\(address): \(answer.text)")
                }
            }
            try Self.search(service, customer.secret, [])
        }
    }

    /// The ledger knows its random parts, and its prefix: what other systems generate is none of its business.
    @Test("A part of a key in an address, and what only looks like one")
    func parts() async throws {
        try await Service.run { service in
            let before = "lhql_live_"
            var secret = ""
            // One in sixty that are cut by half a dozen characters looks like a name.
            for _ in 0..<20 where MisplacedSecret(in: secret.dropLast(15)) == nil {
                secret = try await service.key("victim", account: "acme").secret
            }
            let random = String(secret.dropFirst(before.count))
            var mistyped = Array(secret)
            mistyped[mistyped.count - 20] = mistyped[mistyped.count - 20] == "x" ? "y" : "x"
            var parts: [String] = [random, "live_" + random, String(mistyped)]
            parts += [random.dropLast(), random.prefix(43)].map { String($0) }
            parts += [secret.dropFirst(), secret.dropLast(), secret.dropLast(7), secret.dropLast(15)].map { String($0) }
            let gateway: HTTPFields = [.serviceKey: service.admin.secret]
            func answers(_ text: String) async throws -> [Answer] {
                let forwarded = gateway.merging([.init("X-Forwarded-Uri")!: "/a?k=\(text)"])
                return [
                    // No parameter of this address is described, so the answer is not held against the description.
                    try await service.client.answer(.get, "/healthz?k=\(text)", key: nil, nil, headers: [:]),
                    try await service.call(.get, "/v1/auth", key: service.admin.secret, headers: forwarded),
                ]
            }
            for part in parts {
                for answer in try await answers(part) {
                    #expect(answer.code == "BAD_HEADER" && answer.text.contains("leaked"), "\(part.count): \(answer.text)")
                }
            }
            let token = "sess_prod_4pXxYd9eM2cVbNqR7sTuWzA1B3C5D6E8F0GhJkLmNoP2"
            #expect(MisplacedSecret(in: token, isWhole: true) != nil, "the rule without a prefix would take it for one")
            let others = [token, String(token.dropFirst("sess_prod_".count)), service.admin.id, before + "QuarterlyReport2025Final"]
            for other in others {
                #expect(try await answers(other).map(\.status) == [200, 200], "\(other)")
            }
        }
    }

    @Test("Complaints name the place and the rule, and repeat nothing")
    func complaints() async throws {
        try await Service.run { service in
            let piece = "k7Qz9Lm2Xc4Vb6Nh8Jf1Gd3Sa5"
            for body in [
                "{\"name\":\"n\",\"scopes\":[\"a:b\",\"\(piece) \"]}", "{\"name\":\"n\",\"ipAllowlist\":[\"192.0.2.1\",\"\(piece)\"]}",
                "{\"name\":\"n\",\"environment\":\"\(piece)\"}", "{\"name\":\"n\",\"accountId\":\"/\(piece)\"}",
                "{\"name\":\"n\",\"permissions\":[\"\(piece)\"]}", "{\"name\":\"n\",\"expiresAt\":\"\(piece)\"}",
                "{\"name\":\"n\",\"\(piece)\":1}", "{\"name\":\"n\",\"metadata\":{\"\(piece)\":1}}", "{\"name\":\"\(piece)\\u0007\"}",
            ] {
                let answer = try await service.call(.post, "/v1/keys", body)
                #expect(answer.status == 400 && answer.code == "INVALID_FIELD" && !answer.text.contains(piece), "\(answer.text)")
            }
            for query in ["\(piece)=1", "status=\(piece)", "limit=\(piece)", "cursor=\(piece)", "at=\(piece)", "order=\(piece)"] {
                let answer = try await service.call(.get, "/v1/keys?" + query)
                #expect(answer.status == 400 && answer.code == "INVALID_FIELD" && !answer.text.contains(piece), "\(answer.text)")
            }
            let second = try await service.call(.post, "/v1/keys", #"{"name":"n","scopes":["a:b","c d","e:f"]}"#)
            #expect(second["detail"]?.string?.contains("number 2 of 3") == true)
        }
    }
}
