import APITestSupport
import Bytes
import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KeyEvents
import Ledger
import NIOCore
import TestSupport
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("The log over HTTP")
struct LogEndpointsTests {
    private func bytes(_ service: Service, _ uri: String, key: String? = nil) async throws -> (status: Int, bytes: [UInt8], cache: String?)
    {
        let response = try await service.client.execute(
            uri: uri, method: .get, headers: [.authorization: "Bearer " + (key ?? service.admin.secret)])
        return (response.status.code, Array(buffer: response.body), response.headers[.cacheControl])
    }

    @Test("The tiles lead to the root that the checkpoint signs")
    func tiles() async throws {
        try await Service.run { service in
            let key = try await service.key()
            for _ in 0..<300 { _ = try await service.ledger.verifier.verify(key.secret, actor: .commandLine) }
            let note = try service.ledger.log.signCheckpoint()
            let answer = try await service.call(.get, "/log/checkpoint")
            #expect(answer.text == note.description)
            let checkpoint = try #require(Checkpoint(text: note.text))
            #expect(checkpoint.size == 302)
            #expect(try service.ledger.log.logVerifier()?.check(note) == .signed)

            let full = try await bytes(service, "/log/tile/0/000")
            #expect(full.cache == "private, max-age=31536000, immutable")
            let rest = try await bytes(service, "/log/tile/0/001.p/46")
            #expect(rest.cache == "private, max-age=60")
            #expect(full.bytes.count == 256 * 32 && rest.bytes.count == 46 * 32)
            var frontier = MerkleFrontier()
            let hashes = full.bytes + rest.bytes
            for start in stride(from: 0, to: hashes.count, by: 32) {
                frontier.append(try #require(Digest32(hashes[start..<start + 32]))) { _ in }
            }
            #expect(frontier.root == checkpoint.root)
            let above = try await bytes(service, "/log/tile/1/000.p/1")
            var left = MerkleFrontier()
            for start in stride(from: 0, to: full.bytes.count, by: 32) {
                left.append(try #require(Digest32(full.bytes[start..<start + 32]))) { _ in }
            }
            #expect(above.bytes == left.root.bytes)

            let entries = try await bytes(service, "/log/tile/entries/000")
            var offset = 0
            var leaves: [UInt8] = []
            while offset < entries.bytes.count {
                let length = Int(entries.bytes[offset]) << 8 | Int(entries.bytes[offset + 1])
                leaves += MerkleHash.leaf(Array(entries.bytes[offset + 2..<offset + 2 + length]).span).bytes
                offset += 2 + length
            }
            #expect(leaves == full.bytes)
        }
    }

    @Test(
        "What is not there is 404",
        arguments: [
            "/log/tile/0/001", "/log/tile/0/000.p/3", "/log/tile/1/000.p/1", "/log/tile/8/000", "/log/tile/00/000", "/log/tile/0/0",
            "/log/tile/0",
            "/log/tile/-1/000", "/log/tile/entries/000", "/log/tile/entries/000.p/3", "/log/tile/entries/x000/000", "/log/tile",
            "/log/tile/entries",
            "/log/tile/0/000/1", "/log/tile/7/x999/x999/x999/x999/x999/999", "/log", "/log/checkpoint/1",
        ])
    func missing(_ path: String) async throws {
        try await Service.run { service in
            _ = try await service.key()
            #expect(try await service.call(.get, path).status == 404)
        }
    }

    @Test("A slash in the name of a tile may be escaped, and none before it")
    func escapedSlashes() async throws {
        try await Service.run { service in
            let reader = try await service.key(account: "acme", permissions: [.logRead])
            try service.ledger.log.signCheckpoint()
            for (plain, escaped) in [
                ("0/000.p/1", "0%2F000.p%2F1"), ("0/000.p/1", "0/000.p%2f1"), ("entries/000.p/1", "entries/000.p%2F1"),
            ] {
                let answer = try await bytes(service, "/log/tile/" + escaped)
                let expected = try await bytes(service, "/log/tile/" + plain)
                #expect(answer.status == 200 && answer.bytes == expected.bytes, "\(escaped)")
            }
            #expect(try await bytes(service, "/log/tile/entries/000.p%2F1", key: reader.secret).status == 403)
            // These would be the records by another name.
            for path in ["/log/tile/entries%2F000.p%2F1", "/log/tile/entries%2f000.p/1", "/log%2Ftile/entries/000.p/1"] {
                for key in [reader.secret, service.admin.secret] {
                    #expect(try await bytes(service, path, key: key).status == 404, "\(path)")
                }
            }
            for rest in ["0%2F%2F000.p%2F1", "%2F0%2F000.p%2F1", "0%2F000.p%2F1%2F", "0%2F000.p%252F1", "0%5C000.p%5C1", "0%2F000.p%2F1/"] {
                #expect(try await bytes(service, "/log/tile/" + rest).status == 404, "\(rest)")
            }
        }
    }

    @Test("Records are for keys of the account operator alone")
    func entriesOfAccounts() async throws {
        try await Service.run { service in
            let reader = try await service.key(account: "acme", permissions: [.logRead])
            try service.ledger.log.signCheckpoint()
            #expect(try await bytes(service, "/log/tile/entries/000.p/1", key: reader.secret).status == 403)
            #expect(try await bytes(service, "/log/tile/0/000.p/1", key: reader.secret).status == 200)
            #expect(try await bytes(service, "/log/checkpoint", key: reader.secret).status == 200)
        }
    }

    @Test("Where the log is public, checkpoints and hashes are for everyone, and records are not")
    func publicLog() async throws {
        try await Service.run { service in
            try service.ledger.log.signCheckpoint()
            let router = buildRouter(ledger: service.ledger, isLogPublic: true)
            try await buildApplication(router, logger: service.log.logger).test(.router) { client in
                for (uri, status) in [
                    ("/log/checkpoint", 200), ("/log/tile/0/000.p/1", 200), ("/log/tile/entries/000.p/1", 401),
                    ("/log/tile/0%2F000.p%2F1", 200), ("/log/tile/entries/000.p%2F1", 401), ("/log/tile/entries%2F000.p%2F1", 404),
                ] {
                    let response = try await client.execute(uri: uri, method: .get)
                    #expect(response.status.code == status, "\(uri)")
                }
                let tile = try await client.execute(uri: "/log/tile/0/000.p/1", method: .get)
                #expect(tile.headers[.cacheControl] == "public, max-age=60")
            }
        }
    }
}
