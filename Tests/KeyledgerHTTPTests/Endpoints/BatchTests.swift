import APITestSupport
import HTTPTypes
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("POST /v1/verify/batch")
struct BatchTests {
    @Test("Results in the order of the requests; every use counts")
    func order() async throws {
        try await Service.run { service in
            let keys = try await (0..<10).asyncMap { try await service.key("key \($0)") }
            try await service.revoke(keys[3])
            let requests = (keys + keys).map { "{\"key\":\"\($0.secret)\"}" } + [#"{"key":"nonsense"}"#]
            let answer = try await service.call(.post, "/v1/verify/batch", "{\"requests\":[\(requests.joined(separator: ","))]}")
            #expect(answer.status == 200)
            let results = answer["results"]?.elements ?? []
            let expected = (0..<20).map { $0 % 10 == 3 ? "REVOKED" : "VALID" } + ["MALFORMED"]
            #expect(results.map { $0["code"]?.string } == expected)
            #expect(results.prefix(20).map { $0["keyId"]?.string } == (keys + keys).map(\.id))
            for (index, key) in keys.enumerated() where index != 3 {
                #expect(try await service.call(.get, "/v1/keys/\(key.id)")["usageCount"]?.whole == 2)
            }
        }
    }

    @Test("1 to 100 requests; what is wrong is named with its place")
    func limits() async throws {
        try await Service.run { service in
            for (count, status) in [(0, 400), (1, 200), (100, 200), (101, 400)] {
                let requests = [String](repeating: #"{"key":"x","dryRun":true}"#, count: count).joined(separator: ",")
                let answer = try await service.call(.post, "/v1/verify/batch", "{\"requests\":[\(requests)]}")
                #expect(answer.status == status)
            }
            let wrong = #"{"requests":[{"key":"x"},{"key":"x","scopes":[1]}]}"#
            #expect(try await service.call(.post, "/v1/verify/batch", wrong)["field"]?.string == "requests[1].scopes")
            let long = (0..<40).map { "\"\(String(repeating: "s", count: 120))\($0)\"" }.joined(separator: ",")
            let before = try service.ledger.log.lastPosition()
            let tooLong = "{\"requests\":[{\"key\":\"\(service.admin.secret)\"},{\"key\":\"x\",\"scopes\":[\(long)]}]}"
            #expect(try await service.call(.post, "/v1/verify/batch", tooLong)["field"]?.string == "requests[1].scopes")
            #expect(try service.ledger.log.lastPosition() == before)
            let surprise = #"{"requests":[{"key":"x","keys":1}]}"#
            #expect(try await service.call(.post, "/v1/verify/batch", surprise)["field"]?.string == "requests[0].keys")
            #expect(try await service.call(.post, "/v1/verify/batch", #"{"requests":[7]}"#)["field"]?.string == "requests[0]")
        }
    }
}

extension Sequence {
    func asyncMap<T>(_ transform: (Element) async throws -> T) async throws -> [T] {
        var result: [T] = []
        for element in self { result.append(try await transform(element)) }
        return result
    }
}
