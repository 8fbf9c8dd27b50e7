import APITestSupport
import HTTPTypes
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Every described field is taken")
struct FieldsTests {
    private static let values = [
        "name": #""n""#, "accountId": #""acme""#, "environment": #""test""#, "expiresAt": #""2099-01-01T00:00:00+02:00""#,
        "scopes": #"["a:b"]"#, "permissions": #"["verify"]"#, "metadata": #"{"a":"b"}"#, "key": #""x""#, "ip": #""192.0.2.1""#,
        "method": #""GET""#, "path": #""/a""#, "dryRun": "true", "minPosition": "0", "reason": #""r""#, "reasonCode": #""leaked""#,
        "requests": #"[{"key":"x"}]"#, "ipAllowlist": #"["192.0.2.0/24"]"#, "graceSeconds": "60", "retireWhenNewerUsed": "false",
        "extendGrace": "false",
        "at": #""0""#, "keyLimit": "5", "grantable": #"["a:*"]"#,
    ]

    /// Those with fields in JSON.
    private static var operations: [OpenAPI.Operation] {
        OpenAPI.shared.operations.filter { $0.value["requestBody"]?["content"]?["application/json"] != nil }
    }

    private static func properties(_ operation: OpenAPI.Operation) throws -> [JSONValue.Field] {
        let schema = try #require(operation.value["requestBody"]?["content"]?["application/json"]?["schema"])
        return OpenAPI.shared.schemas.resolve(schema)["properties"]?.fields ?? []
    }

    private static func field(_ property: JSONValue.Field, _ service: Service) async throws -> String {
        let value = property.name == "secret" ? "\"\(try await service.key().secret)\"" : try #require(values[property.name])
        return "\"\(property.name)\":\(value)"
    }

    private static func fields(_ properties: [JSONValue.Field], _ service: Service) async throws -> [String] {
        var fields: [String] = []
        for property in properties { fields.append(try await field(property, service)) }
        return fields
    }

    private static func path(_ operation: OpenAPI.Operation, _ service: Service) async throws -> String {
        operation.path.replacing("{id}", with: operation.isOfAccount ? "acme" : try await service.key().id)
    }

    @Test("All fields at once are accepted; and one more is refused by name")
    func allFields() async throws {
        try await Service.run { service in
            for operation in Self.operations {
                let fields = try await Self.fields(Self.properties(operation), service)
                let path = try await Self.path(operation, service)
                let method = operation.method == "PATCH" ? HTTPRequest.Method.patch : .post
                let refused = try await service.call(method, path, "{" + (fields + [#""surprise":1"#]).joined(separator: ",") + "}")
                #expect(refused.status == 400 && refused["field"]?.string == "surprise", "\(operation.id)")
                let answer = try await service.call(method, path, "{" + fields.joined(separator: ",") + "}")
                #expect(answer.status < 300, "\(operation.id): \(answer.text)")
            }
        }
    }

    @Test("Every field refuses what has another type, by name, and null where it is not described")
    func wrongTypes() async throws {
        try await Service.run { service in
            for operation in Self.operations {
                let path = try await Self.path(operation, service)
                let method = operation.method == "PATCH" ? HTTPRequest.Method.patch : .post
                let properties = try Self.properties(operation)
                for property in properties {
                    let schema = OpenAPI.shared.schemas.resolve(property.value)
                    for (value, text) in [
                        (JSONValue.null, "null"), (.bool(true), "true"), (.number(7), "7"), (.array([.number(1)]), "[1]"),
                    ]
                    where !OpenAPI.shared.schemas.findings(value, schema).isEmpty {
                        let others = properties.filter { $0.name != property.name && ["name", "key", "secret"].contains($0.name) }
                        let fields = try await Self.fields(others, service) + ["\"\(property.name)\":\(text)"]
                        let answer = try await service.call(method, path, "{" + fields.joined(separator: ",") + "}")
                        #expect(
                            answer.status == 400 && answer["field"]?.string?.hasPrefix(property.name) == true,
                            "\(operation.id) \(property.name) \(text): \(answer.text)")
                    }
                }
            }
        }
    }
}
