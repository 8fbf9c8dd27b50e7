import APITestSupport
import Bytes
import EventLog
import HTTPTypes
import KeyEvents
import Ledger
import LedgerAudit
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

/// That tools/verify-bundle accepts these answers, and refuses every changed one, tools/checks/afar shows.
@Suite("Events with proofs")
struct ProvedEventsTests {
    @Test("Pages of one walk are of one checkpoint, and each record leads to its root")
    func pages() async throws {
        try await Service.run { service in
            let tenant = try await service.key(account: "acme", permissions: [.logRead])
            for _ in 0..<5 {
                _ = try await service.key(account: "globex")
                try await service.call(.post, "/v1/verify", "{\"key\":\"\(tenant.secret)\"}")
            }
            var (positions, cursor, checkpoints): ([UInt64], String?, Set<String>) = ([], nil, [])
            repeat {
                let uri = "/v1/events?proof=true&limit=2&oldSize=3" + (cursor.map { "&cursor=" + $0 } ?? "")
                let answer = try await service.call(.get, uri, key: tenant.secret)
                #expect(answer.status == 200, "\(answer.text)")
                let note = try #require(SignedNote(answer["checkpoint"]?.string ?? ""))
                let checkpoint = try #require(Checkpoint(text: note.text))
                checkpoints.insert(note.text)
                let verifier = try #require(NoteVerifier(answer["verifierKey"]?.string ?? ""))
                #expect(verifier.check(note) == .signed)
                let proof = answer["consistency"]?["proof"]?.elements.compactMap { $0.string.flatMap { Base64.decode($0) } } ?? []
                let old = try #require(try service.ledger.audit.root(of: 3))
                #expect(
                    MerkleProof.isConsistent(
                        oldSize: 3, oldRoot: old, size: checkpoint.size, root: checkpoint.root, proof: proof.compactMap { Digest32($0) }))
                for entry in answer["data"]?.elements ?? [] {
                    let position = try #require(entry["position"]?.whole)
                    let record = try #require(Base64.decode(entry["record"]?.string ?? ""))
                    let path = entry["proof"]?.elements.compactMap { Digest32(Base64.decode($0.string ?? "") ?? []) } ?? []
                    let leaf = MerkleHash.leaf(record.span)
                    #expect(MerkleProof.root(of: leaf, at: position, size: checkpoint.size, path: path) == checkpoint.root)
                    #expect(try EventCodec.decode(record).accountID.description == "acme")
                    positions.append(position)
                }
                cursor = answer["nextCursor"]?.string
                // The log goes on between the pages.
                _ = try await service.key(account: "globex")
                _ = try service.ledger.log.signCheckpoint()
            } while cursor != nil
            let all = try await service.call(.get, "/v1/events?limit=1000&from=0", key: tenant.secret)["data"]?.elements.compactMap {
                $0["position"]?.whole
            }
            #expect(checkpoints.count == 1 && positions.count > 4)
            #expect(all?.prefix(positions.count).map(\.self) == positions)
        }
    }

    @Test("What is asked wrongly is refused, and what is not the caller's is not told")
    func refusals() async throws {
        try await Service.run { service in
            let tenant = try await service.key(account: "acme", permissions: [.logRead])
            let reader = try await service.key(account: "acme", permissions: [.keysRead])
            for query in [
                "proof=1", "proof=true&proof=true", "oldSize=1", "proof=false&oldSize=1", "proof=true&oldSize=x",
                "proof=true&cursor=ZQAAAAAAAAAB", "proof=true&cursor=cAAAAAAAAAAAAAAAAAAAAGM",
            ] {
                let answer = try await service.call(.get, "/v1/events?\(query)", key: tenant.secret)
                #expect(answer.status == 400, "\(query): \(answer.text)")
            }
            #expect(try await service.call(.get, "/v1/events?proof=true", key: reader.secret).status == 403)
            #expect(try await service.call(.get, "/v1/events?proof=true&account=globex", key: tenant.secret).status == 404)
            let first = try await service.call(.get, "/v1/events?proof=true", key: tenant.secret)
            #expect(first["data"]?.elements.count == 3 || first["data"]?.elements.count == 2, "\(first.text)")
            // A kept checkpoint that is larger than the log is no reason to say nothing.
            let beyond = try await service.call(.get, "/v1/events?proof=true&oldSize=999999", key: tenant.secret)
            #expect(beyond.status == 200 && beyond["consistency"] == .null)
            // Nobody has checkpoints signed without end.
            let before = try service.ledger.log.checkpoints.sizes().count
            for _ in 0..<3 {
                _ = try await service.key(account: "acme")
                _ = try await service.call(.get, "/v1/events?proof=true", key: tenant.secret)
            }
            #expect(try service.ledger.log.checkpoints.sizes().count <= before + 1)
            #expect(try await service.call(.get, "/log/checkpoint", key: reader.secret).status == 200)
        }
    }
}
