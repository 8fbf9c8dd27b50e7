import APITestSupport
import HTTPTypes
import HummingbirdTesting
import KeyEvents
import Ledger
import LedgerQueries
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("What a guard needs of a verdict")
struct GuardTests {
    @Test("The status and the challenge that it gives its own caller are those that gateways are told")
    func statuses() async throws {
        try await Service.run(over: .live) { service in
            let good = try await service.key(scopes: ["a:b"])
            let (revoked, disabled) = (try await service.key(), try await service.key())
            let fenced = try await service.key(ipAllowlist: ["192.0.2.0/24"])
            try await service.revoke(revoked)
            try await service.disable(disabled)
            for (secret, status, challenge) in [
                (good.secret, 200, nil), (revoked.secret, 401, #"Bearer realm="keyledger", error="invalid_token""#),
                (disabled.secret, 401, #"Bearer realm="keyledger", error="invalid_token""#), (fenced.secret, 403, nil),
                ("nonsense", 401, #"Bearer realm="keyledger", error="invalid_token""#),
            ] as [(String, UInt64, String?)] {
                for dryRun in [false, true] {
                    let answer = try await service.call(.post, "/v1/verify", "{\"key\":\"\(secret)\",\"dryRun\":\(dryRun)}")
                    #expect(answer["status"]?.whole == status && answer["challenge"]?.string == challenge, "\(answer.text)")
                }
                let gateway = try await service.call(
                    .get, "/v1/auth", key: secret, headers: [.serviceKey: service.admin.secret])
                #expect(gateway.status == Int(status) && gateway.headers[.wwwAuthenticate] == challenge)
            }
            let scopes = try await service.call(.post, "/v1/verify", "{\"key\":\"\(good.secret)\",\"scopes\":[\"a:b\",\"c\"]}")
            #expect(scopes["status"]?.whole == 403)
            #expect(scopes["challenge"]?.string == #"Bearer realm="keyledger", error="insufficient_scope", scope="a:b c""#)
            let batch = try await service.call(
                .post, "/v1/verify/batch", "{\"requests\":[{\"key\":\"\(good.secret)\"},{\"key\":\"\(revoked.secret)\"}]}")
            #expect(batch["results"]?.elements.map { $0["status"]?.whole } == [200, 401])
        }
    }

    @Test("How a customer called is no fault of the service that asks, however long it is")
    func longCalls() async throws {
        try await Service.run { service in
            let key = try await service.key()
            let (path, method) = ("/" + String(repeating: "p", count: 9000), String(repeating: "M", count: 500))
            let answer = try await service.call(
                .post, "/v1/verify", "{\"key\":\"\(key.secret)\",\"method\":\"\(method)\",\"path\":\"\(path)\"}")
            #expect(answer.status == 200 && answer["valid"] == .bool(true), "\(answer.text)")
            var personal: PersonalFields?
            try service.ledger.events.events(of: KeyID(key.id), from: 0, limit: .max) { personal = $2 ?? personal }
            #expect(personal?.path?.utf8.count == 256 && personal?.method?.utf8.count == 16)
        }
    }

    @Test("What is wrong with the service's own key is not told as if it were said of its customer's")
    func ownKey() async throws {
        try await Service.run { service in
            let (key, own) = (try await service.key(), try await service.key(permissions: [.verify]))
            try await service.revoke(own)
            for path in ["/v1/verify", "/v1/verify/batch"] {
                for secret in [own.secret, nil] {
                    let answer = try await service.call(.post, path, key: secret, "{\"key\":\"\(key.secret)\"}")
                    #expect(
                        answer.status == 401 && answer["detail"]?.string?.contains("key in the header, of the service that calls") == true)
                }
            }
            let elsewhere = try await service.call(.get, "/v1/keys", key: own.secret)
            #expect(elsewhere["detail"]?.string?.contains("of the service that calls") == false)
        }
    }
}
