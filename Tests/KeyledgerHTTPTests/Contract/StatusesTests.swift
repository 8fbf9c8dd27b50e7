import APITestSupport
import HTTPTypes
import KeyEvents
import Ledger
import Synchronization
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Every described status happens")
struct StatusesTests {
    /// Nothing but a defect leads to 500, half a minute of trickling to 408; and reading fails only when the files are damaged.
    private static func isBeyondReach(_ operation: OpenAPI.Operation, _ status: Int) -> Bool {
        status == 500 || status == 408
            || (status == 503 && operation.method == "GET" && operation.id != "checkReadiness")
    }

    private static let bodies = [
        "verifyKey": #"{"key":"x"}"#, "verifyBatch": #"{"requests":[{"key":"x"}]}"#, "createKey": #"{"name":"n"}"#,
        "changeKey": #"{"name":"n"}"#, "revokeBySecret": #"{"secret":"x"}"#,
        "changeAccount": #"{"keyLimit":5}"#,
    ]

    /// The header fields of the only operation whose body is not JSON.
    private static let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]

    @Test("Of every operation, each of its statuses")
    func allStatuses() async throws {
        let seen = Mutex<[String: Set<Int>]>([:])
        try await Service.run { service in
            for operation in OpenAPI.shared.operations {
                for answer in try await Self.provoke(operation, service) {
                    seen.withLock { _ = $0[operation.id, default: []].insert(answer.status) }
                }
            }
            // An account that asks more than it may.
            try await HeldQuestions.during(service.ledger, running: [(.operator, 2)], full: .operator) {
                for operation in OpenAPI.shared.operations where operation.id != "revokeBySecret" && operation.statuses.contains(429) {
                    let path = operation.path.replacing("{id}", with: service.admin.id).replacing(Endpoint.catchAll, with: "0/000.p/1")
                    let body = Self.bodies[operation.id]?.replacing("\"x\"", with: "\"x\",\"at\":\"0\"")
                    let answer = try await service.call(Self.method(operation), path, body)
                    seen.withLock { _ = $0[operation.id, default: []].insert(answer.status) }
                }
            }
            // A ledger that takes nothing any more.
            service.ledger.close()
            for operation in OpenAPI.shared.operations where operation.method != "GET" {
                let path = operation.path.replacing("{id}", with: service.admin.id)
                var body = Self.bodies[operation.id]
                if operation.id.hasPrefix("verify") || operation.id == "revokeBySecret" {
                    body = body?.replacing("\"x\"", with: "\"\(service.admin.secret)\"")
                }
                if operation.id == "introspect" { body = "token=\(service.admin.secret)" }
                let headers = operation.id == "introspect" ? Self.form : [:]
                let answer = try await service.call(Self.method(operation), path, body, headers: headers)
                seen.withLock { _ = $0[operation.id, default: []].insert(answer.status) }
            }
        }
        try await Service.run(mapSize: 2 << 20) { service in
            let key = try await service.key(scopes: ["*"])
            // Pages that a reader still held may become free again.
            for _ in 0..<20 {
                try await service.fillUp(key)
                let answer = try await service.call(.get, "/readyz", key: nil)
                seen.withLock { _ = $0["checkReadiness", default: []].insert(answer.status) }
                if answer.status == 503 { break }
            }
        }
        for operation in OpenAPI.shared.operations {
            let expected = operation.statuses.filter { !Self.isBeyondReach(operation, $0) }
            #expect(seen.withLock { $0[operation.id] } == expected, "\(operation.id)")
        }
    }

    private static func method(_ operation: OpenAPI.Operation) -> HTTPRequest.Method {
        HTTPRequest.Method(operation.method) ?? .get
    }

    private static func provokeRevocation(_ path: String, _ service: Service) async throws -> [Answer] {
        let (key, rotated) = (try await service.key(), try await service.key())
        let id = try #require(KeyID(rotated.id))
        _ = try await service.ledger.commands.rotateKey(id, olderRetires: .now, by: .commandLine)
        let unknown = try #require(SecretFormat(prefix: "lhql")).make(environment: "live", random: { 1 }).reveal()
        var answers: [Answer] = []
        for secret in [key.secret, rotated.secret, unknown] {
            answers.append(try await service.call(.post, path, key: nil, "{\"secret\":\"\(secret)\"}"))
        }
        answers.append(try await service.call(.post, path, key: nil, String(repeating: " ", count: 1024 * 1024 + 1)))
        answers.append(try await service.call(.post, path, key: nil, "{}", headers: [.contentType: "text/plain"]))
        for _ in 0..<12 { answers.append(try await service.call(.post, path, key: nil, "{\"secret\":\"\(unknown)\"}")) }
        service.clock.advance(seconds: 60)
        return answers
    }

    private static func provokeIntrospection(_ path: String, _ service: Service) async throws -> [Answer] {
        let weak = try await service.key()
        var answers: [Answer] = []
        for key in [service.admin.secret, weak.secret, nil] {
            answers.append(try await service.call(.post, path, key: key, "token=\(weak.secret)", headers: form))
        }
        answers.append(try await service.call(.post, path, "token_type_hint=access_token", headers: form))
        answers.append(try await service.call(.post, path, "token=" + String(repeating: "x", count: 1024 * 1024), headers: form))
        answers.append(try await service.call(.post, path, "token=x", headers: [.contentType: "text/plain"]))
        return answers
    }

    private static func provokeAuth(_ path: String, _ service: Service) async throws -> [Answer] {
        let (key, gateway): (_, HTTPFields) = (try await service.key(), [.serviceKey: service.admin.secret])
        var answers: [Answer] = []
        for (secret, query) in [(key.secret, ""), (nil, ""), (key.secret, "?scope=a"), (key.secret, "?surprise=1")] {
            answers.append(try await service.call(.get, path + query, key: secret, headers: gateway))
        }
        let twice = gateway.merging([.apiKey: key.secret])
        return answers + [try await service.call(.get, path, key: key.secret, headers: twice)]
    }

    /// Calls that lead to what is described, as far as an open ledger goes.
    private static func provoke(_ operation: OpenAPI.Operation, _ service: Service) async throws -> [Answer] {
        let target = try await service.key("target")
        let path = operation.path.replacing("{id}", with: target.id)
        let method = method(operation)
        let body = bodies[operation.id]
        var answers = [try await service.call(method, path, body)]
        // The first call found no checkpoint, and no tile of this name.
        if operation.id.hasPrefix("log") {
            try service.ledger.log.signCheckpoint()
            let rest = operation.id == "logTile" ? "0/000.p/1" : "000.p/1"
            answers.append(try await service.call(method, operation.path.replacing(Endpoint.catchAll, with: rest)))
        }
        if operation.id == "revokeBySecret" { answers += try await provokeRevocation(path, service) }
        if operation.id == "introspect" { return try await provokeIntrospection(path, service) }
        if operation.id == "forwardAuth" { return try await provokeAuth(path, service) }
        // Nothing else is wrong with a call that anyone may make than a key in its address.
        if operation.id.hasPrefix("check") { answers.append(try await service.call(method, path + "?api_key=x", key: nil)) }
        guard operation.value["security"]?.elements.isEmpty != true else { return answers }
        let weak = try await service.key()
        answers.append(try await service.call(method, path + "?surprise=1", body))
        answers.append(try await service.call(method, path, key: nil, body))
        answers.append(try await service.call(method, path, key: weak.secret, body))
        if operation.isOfAccount {
            answers.append(try await service.call(method, operation.path.replacing("{id}", with: "no%20account"), body))
        } else if operation.path.contains("{id}") {
            answers.append(
                try await service.call(method, operation.path.replacing("{id}", with: "key_" + String(repeating: "0", count: 32)), body))
        } else if operation.id == "createKey" {
            let foreign = try await service.key(account: "a", permissions: [.keysWrite])
            answers.append(try await service.call(method, path, key: foreign.secret, #"{"name":"n","accountId":"b"}"#))
            let none = AccountRulesChange(keyLimit: .own(0))
            _ = try await service.ledger.accounts.changeAccount(#require(AccountID("full")), none, by: .commandLine)
            answers.append(try await service.call(method, path, #"{"name":"n","accountId":"full"}"#))
        } else if method == .get {
            let foreign = try await service.key(account: "a", permissions: [.keysRead, .logRead])
            answers.append(try await service.call(method, path + "?account=b", key: foreign.secret))
        }
        if operation.id == "listEvents" {
            let past = path + "?until=2000-01-01T00:00:00Z"
            answers.append(try await service.call(method, past, headers: [.accept: "text/event-stream"]))
        }
        guard method != .get else { return answers }
        answers.append(try await service.call(method, path, String(repeating: " ", count: 1024 * 1024 + 1)))
        answers.append(try await service.call(method, path, body ?? "{}", headers: [.contentType: "text/plain"]))
        guard operation.path.hasPrefix("/v1/keys") || operation.isOfAccount else { return answers }
        answers.append(try await service.call(.post, "/v1/keys", #"{"name":"first"}"#, headers: .idempotent(operation.id)))
        answers.append(try await service.call(method, path, body, headers: .idempotent(operation.id)))
        if operation.isOfAccount {
            answers.removeAll { $0.status == 201 }
        } else if operation.path.contains("{id}") {
            answers.removeAll { $0.status == 201 }
            let short = try await service.key(expiresIn: 5)
            service.clock.advance(seconds: 10)
            answers.append(try await service.call(method, operation.path.replacing("{id}", with: short.id), body))
        }
        return answers
    }
}
