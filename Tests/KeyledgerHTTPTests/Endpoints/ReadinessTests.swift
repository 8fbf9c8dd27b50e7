import APITestSupport
import Foundation
import HTTPTypes
import KeyEvents
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

/// What does not work is named while keys are validated all the same, without an account or a path: nobody needs a key to read it.
@Suite("Readiness names what does not work")
struct ReadinessTests {
    private static func problems(_ service: Service) async throws -> [String] {
        let answer = try await service.call(.get, "/readyz", key: nil)
        #expect(
            answer.status == 200 && !answer.text.contains("acme") && !answer.text.contains(service.ledger.folder.path), "\(answer.text)")
        return answer["problems"]?.elements.compactMap(\.string) ?? []
    }

    @Test("A data key that is lost, until it is restored or given up")
    func lostDataKey() async throws {
        try await Service.run { service in
            _ = try await service.key(account: "acme")
            #expect(try await Self.problems(service).isEmpty)
            try FileManager.default.removeItem(atPath: service.ledger.folder.vault + "/acme.key")
            _ = try await service.key(account: "acme")
            let problems = try await Self.problems(service)
            #expect(problems.count == 1 && problems[0].contains("is lost"), "\(problems)")
            _ = try await service.ledger.accounts.erasePersonalFields(of: #require(AccountID("acme")))
            #expect(try await Self.problems(service).isEmpty)
        }
    }

    @Test("A signing key that is missing or damaged")
    func signingKey() async throws {
        try await Service.run { service in
            try service.ledger.log.signCheckpoint()
            #expect(try await Self.problems(service).isEmpty)
            let file = service.ledger.folder.vault + "/log-signing-key"
            let content = try Data(contentsOf: URL(fileURLWithPath: file))
            try Data("nothing".utf8).write(to: URL(fileURLWithPath: file))
            #expect(try await Self.problems(service).first?.contains("signs the log") == true)
            try FileManager.default.removeItem(atPath: file)
            #expect(try await Self.problems(service).first?.contains("signs the log") == true)
            try content.write(to: URL(fileURLWithPath: file))
            #expect(try await Self.problems(service).isEmpty)
        }
    }

    @Test("A folder of checkpoints in which nothing can be stored")
    func checkpoints() async throws {
        try await Service.run { service in
            let folder = service.ledger.folder.checkpoints
            try FileManager.default.moveItem(atPath: folder, toPath: folder + "-away")
            // The next checkpoint makes it anew.
            #expect(try await Self.problems(service).isEmpty)
            try Data().write(to: URL(fileURLWithPath: folder))
            #expect(try await Self.problems(service).contains { $0.contains("checkpoints cannot be written") })
        }
    }

    @Test("A vault that others may read")
    func openVault() async throws {
        try await Service.run { service in
            let folder = service.ledger.folder.vault
            try FileManager.default.setAttributes([.posixPermissions: 0o750], ofItemAtPath: folder)
            #expect(try await Self.problems(service).first?.contains("mode is 700") == true)
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
            #expect(try await Self.problems(service).isEmpty)
        }
    }
}
