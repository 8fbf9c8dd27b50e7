import APITestSupport
import HTTPTypes
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Bad input is refused with the field's name, and nothing changes")
struct BadKeyInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let what: String
        let body: String
        let field: String

        init(_ what: String, _ field: String, _ body: String) {
            self.what = what
            self.body = body
            self.field = field
        }

        var testDescription: String { what }
    }

    private static let cases = [
        Case("an empty name", "name", #"{"name":""}"#), Case("a blank name", "name", #"{"name":" \t"}"#),
        Case("a name of 10 kB", "name", "{\"name\":\"\(String(repeating: "n", count: 10_000))\"}"),
        Case("a control character in the name", "name", #"{"name":"a\u0000b"}"#),
        Case("a line break in the name", "name", #"{"name":"a\nb"}"#),
        Case("text that runs backwards in the name", "name", #"{"name":"a\u202eb"}"#),
        Case("a number for a name", "name", #"{"name":7}"#), Case("null for a name", "name", #"{"name":null}"#),
        Case("an expiry in the past", "expiresAt", #"{"name":"n","expiresAt":"2001-01-01T00:00:00Z"}"#),
        Case("an expiry that is no time", "expiresAt", #"{"name":"n","expiresAt":"tomorrow"}"#),
        Case("an expiry on a day that is none", "expiresAt", #"{"name":"n","expiresAt":"2099-02-30T00:00:00Z"}"#),
        Case("an expiry as a number", "expiresAt", #"{"name":"n","expiresAt":1893456000}"#),
        Case("a scope with a space", "scopes", #"{"name":"n","scopes":["a b"]}"#),
        Case("an empty scope", "scopes", #"{"name":"n","scopes":[""]}"#),
        Case("a star in the middle of a scope", "scopes", #"{"name":"n","scopes":["a:*:b"]}"#),
        Case("101 scopes", "scopes", "{\"name\":\"n\",\"scopes\":[\((0...100).map { "\"s\($0)\"" }.joined(separator: ","))]}"),
        Case("scopes as a string", "scopes", #"{"name":"n","scopes":"a"}"#),
        Case("a permission that is none", "permissions", #"{"name":"n","permissions":["*"]}"#),
        Case("metadata with a number", "metadata", #"{"name":"n","metadata":{"a":1}}"#),
        Case("metadata with an empty name", "metadata", #"{"name":"n","metadata":{"":"v"}}"#),
        Case("metadata of 5 kB", "metadata", "{\"name\":\"n\",\"metadata\":{\"a\":\"\(String(repeating: "v", count: 5000))\"}}"),
        Case(
            "51 entries of metadata", "metadata",
            "{\"name\":\"n\",\"metadata\":{\((0...50).map { "\"k\($0)\":\"v\"" }.joined(separator: ","))}}"),
        Case("a field that is not known", "expires", #"{"name":"n","expires":"2099-01-01T00:00:00Z"}"#),
    ]

    @Test("When a key is made", arguments: cases)
    func create(_ bad: Case) async throws { try await Self.expectRefusal(bad, .post, "/v1/keys") }

    @Test("When a key is changed", arguments: cases)
    func change(_ bad: Case) async throws { try await Self.expectRefusal(bad, .patch, "/v1/keys/{id}") }

    @Test(
        "When a key is made, besides",
        arguments: [
            Case("an environment in capitals", "environment", #"{"name":"n","environment":"LIVE"}"#),
            Case("an account with a slash", "accountId", #"{"name":"n","accountId":"a/b"}"#),
            Case("no name", "name", "{}"),
        ])
    func createOnly(_ bad: Case) async throws { try await Self.expectRefusal(bad, .post, "/v1/keys") }

    @Test(
        "When a key is changed, besides",
        arguments: [
            Case("null for scopes", "scopes", #"{"scopes":null}"#), Case("null for metadata", "metadata", #"{"metadata":null}"#),
            Case("null for permissions", "permissions", #"{"permissions":null}"#),
            Case("another account", "accountId", #"{"accountId":"b"}"#), Case("a status", "status", #"{"status":"revoked"}"#),
        ])
    func changeOnly(_ bad: Case) async throws { try await Self.expectRefusal(bad, .patch, "/v1/keys/{id}") }

    @Test(
        "When a key is revoked",
        arguments: [
            Case("a reason code with a space", "reasonCode", #"{"reasonCode":"a b"}"#),
            Case("a reason of 2 kB", "reason", "{\"reason\":\"\(String(repeating: "r", count: 2000))\"}"),
            Case("a control character in the reason", "reason", #"{"reason":"\u0007"}"#),
            Case("a field that is not known", "why", #"{"why":"r"}"#),
        ])
    func revoke(_ bad: Case) async throws { try await Self.expectRefusal(bad, .post, "/v1/keys/{id}/revoke") }

    @Test("Every field that is wrong is named at once")
    func everyField() async throws {
        try await Service.run { service in
            let key = try await service.key()
            let body = #"""
                {"name":"","accountId":"a/b","environment":"LIVE","expiresAt":"tomorrow","scopes":["a b"],"permissions":["*"],
                "metadata":{"a":1},"ipAllowlist":["nowhere"],"surprise":1,"more":2}
                """#
            let created = try await service.call(.post, "/v1/keys", body)
            let named = { (answer: Answer) in Set((answer["errors"]?.elements ?? []).compactMap { $0["field"]?.string }) }
            let fields: Set = [
                "name", "accountId", "environment", "expiresAt", "scopes", "permissions", "metadata", "ipAllowlist", "surprise", "more",
            ]
            #expect(created.status == 400 && created.code == "INVALID_FIELD" && named(created) == fields, "\(created.text)")
            #expect(created["errors"]?.elements.count == fields.count)
            for error in created["errors"]?.elements ?? [] {
                #expect(created["detail"]?.string?.contains(error["detail"]?.string ?? "?") == true)
            }
            let changed = try await service.call(.patch, "/v1/keys/\(key.id)", body)
            #expect(changed.status == 400 && named(changed) == fields, "\(changed.text)")
            // Rules alone, of which two are broken; one alone waits for whether there is such a key.
            let rules = try await service.call(.patch, "/v1/keys/\(key.id)", #"{"scopes":["a b"],"expiresAt":"2001-01-01T00:00:00Z"}"#)
            #expect(named(rules) == ["scopes", "expiresAt"])
            let one = try await service.call(.patch, "/v1/keys/\(key.id)", #"{"scopes":["a b"]}"#)
            #expect(one["field"]?.string == "scopes" && named(one) == ["scopes"])
        }
    }

    private static func expectRefusal(_ bad: Case, _ method: HTTPRequest.Method, _ path: String) async throws {
        try await Service.run { service in
            let key = try await service.key()
            let before = try service.ledger.log.lastPosition()
            let answer = try await service.call(method, path.replacing("{id}", with: key.id), bad.body)
            #expect(answer.status == 400 && answer.code == "INVALID_FIELD", "\(answer.text)")
            #expect(answer["field"]?.string == bad.field)
            #expect(answer["detail"]?.string?.hasPrefix(bad.field) == true)
            #expect(try service.ledger.log.lastPosition() == before)
        }
    }
}
