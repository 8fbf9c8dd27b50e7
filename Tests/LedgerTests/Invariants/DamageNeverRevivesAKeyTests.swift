import Bytes
import EventLog
import Glibc
import KeyEvents
import Storage
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerAudit
@testable import Projections

/// Every derived row that a decision rests on carries a check: one flipped bit never lets an ended key in, and never lets an event follow
/// a key's end.
@Suite struct DamageNeverRevivesAKeyTests {
    private enum End: String, CaseIterable {
        case revoked, expired, disabled, replaced
    }

    /// Every single bit of the key's row and of the validation index, each followed by everything that could bring the key back.
    @Test(arguments: End.allCases)
    private func noFlippedBitBringsAKeyBack(_ end: End) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let expiry = ledger.time.now.adding(seconds: 60)
            let key = try await ledger.newKey("old", account: .hotel, scopes: ["a:b"], expiresAt: end == .expired ? expiry : nil)
            switch end {
            case .revoked: _ = try await ledger.commands.revokeKey(key.id, reasonCode: "leaked", by: .commandLine)
            case .expired:
                home.clock.advance(seconds: 120)
                try await ledger.commands.expireKey(key.id)
            case .disabled: _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
            case .replaced: _ = try await ledger.commands.rotateKey(key.id, olderRetires: .now, by: .commandLine)
            }
            let size = try ledger.log.lastPosition()
            let set = try ledger.environment.read { try ledger.stateTables.current($0) }
            let digests = try #require(try ledger.key(key.id)).secrets.map(\.record.digest.bytes)
            var damaged = 0
            for (table, id) in [(set.keys, key.id.raw.bytes)] + digests.map({ (set.index, $0) }) {
                let row = try #require(try ledger.environment.read { try $0.get(id.span, in: table)?.copy() })
                for bit in 0..<row.count * 8 {
                    var flipped = row
                    flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                    try ledger.change { [flipped] in try $0.put(id, flipped, in: table) }
                    let verdict = try? ledger.verifier.lookUp(key.secret)
                    #expect(verdict?.isValid != true, "\(end) bit \(bit): verify")
                    if verdict == nil { damaged += 1 }
                    let commands: [(String, () async throws -> Void)] = [
                        ("rename", { _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "new"), by: .commandLine) }),
                        ("change", { _ = try await ledger.commands.changeKey(key.id, KeyChange(scopes: ["c:d"]), by: .commandLine) }),
                        ("rotate", { _ = try await ledger.commands.rotateKey(key.id, olderRetires: .now, by: .commandLine) }),
                        ("enable", { _ = try await ledger.commands.enableKey(key.id, by: .commandLine) }),
                    ]
                    for (name, command) in commands {
                        await #expect(throws: (any Error).self, "\(end) bit \(bit): \(name)") { try await command() }
                    }
                    #expect(try ledger.log.lastPosition() == size, "\(end) bit \(bit): an event follows")
                    try ledger.change { try $0.put(id, row, in: table) }
                }
            }
            #expect(damaged > 0)
            #expect(throws: LedgerError.self) { if let problem = ledger.health.recordingProblem { throw problem } }
            // What was damaged is mended by a replay, and then the ledger is ready again.
            _ = try await ledger.maintenance.replay(isCheck: false) { _, _ in }
            #expect(ledger.health.recordingProblem == nil)
        }
    }

    /// A row that was put under another key's id is not that key's.
    @Test func aRowOfAnotherKeyIsNotBelieved() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (good, ended) = (try await ledger.newKey("good"), try await ledger.newKey("ended"))
            _ = try await ledger.commands.revokeKey(ended.id, by: .commandLine)
            let set = try ledger.environment.read { try ledger.stateTables.current($0) }
            try ledger.change { transaction in
                let row = try #require(try transaction.get(good.id.raw.bytes.span, in: set.keys)?.copy())
                try transaction.put(ended.id.raw.bytes, row, in: set.keys)
            }
            #expect(throws: LogError.self) { try ledger.key(ended.id) }
            await #expect(throws: (any Error).self) { try await ledger.commands.rotateKey(ended.id, olderRetires: .now, by: .commandLine) }
            _ = try await ledger.maintenance.replay(isCheck: false) { _, _ in }
            #expect(try ledger.key(ended.id)?.end != nil)
        }
    }

    /// A state that its check fits, and that says less than the index, is not believed: the two were written together.
    @Test func twoFactsMustAgree() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey("k", scopes: ["a:b"])
            let set = try ledger.environment.read { try ledger.stateTables.current($0) }
            let before = try #require(try ledger.environment.read { try $0.get(key.id.raw.bytes.span, in: set.keys)?.copy() })
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            try ledger.change { try $0.put(key.id.raw.bytes, before, in: set.keys) }
            #expect(try ledger.key(key.id)?.end == nil)
            let size = try ledger.log.lastPosition()
            for olderRetires in [Rotation.OlderRetires.now, .after(.seconds(60)), .whenNewerIsUsed] {
                await #expect(throws: LogError.self) {
                    try await ledger.commands.rotateKey(key.id, olderRetires: olderRetires, by: .commandLine)
                }
            }
            await #expect(throws: LogError.self) { try await ledger.commands.changeKey(key.id, KeyChange(name: "x"), by: .commandLine) }
            #expect(try ledger.log.lastPosition() == size)
            #expect(try await ledger.verify(key.secret) == .revoked)
        }
    }

    /// All single-bit flips of `meta`: nothing changes, and doctor's check names them.
    @Test func noFlippedBitOfMetaChangesAnything() async throws {
        let home = TestHome(seed: printedSeed())
        let (good, ended) = try await home.withLedger { ledger in
            let (good, ended) = (try await ledger.newKey("good"), try await ledger.newKey("ended"))
            _ = try await ledger.commands.revokeKey(ended.id, by: .commandLine)
            try ledger.log.signCheckpoint()
            return (good, ended)
        }
        var random = SplitMix64(seed: printedSeed())
        for value in LogMeta.allCases {
            for key in [value.key, value.copyKey] {
                let length = try await home.meta(key)?.count ?? 0
                // Each bit of a value is tried in `LogMetaTests`; here some, with the ledger opened anew.
                for _ in 0..<min(2, length) {
                    let bit = Int.random(in: 0..<length * 8, using: &random)
                    try await home.flip(bit, ofMeta: key)
                    try await home.withLedger { ledger in
                        #expect(try await ledger.verify(good.secret) == .valid, "\(value) \(bit)")
                        #expect(try await ledger.verify(ended.secret) == .revoked, "\(value) \(bit)")
                        #expect(ledger.prefix == "lhql")
                        let found = Box<String>([])
                        let scan = try LogVerifier(ledger.reader).run(progress: { _ in }, finding: { found.append($0.what) })
                        #expect(scan.records == scan.size && scan.records > 3)
                        // The use that was just recorded wrote the head of the tree anew.
                        #expect(
                            value == .treeHead || found.value.contains { $0.contains(value.rawValue) }, "\(value) \(bit): \(found.value)")
                        _ = try await ledger.maintenance.replay(isCheck: false) { _, _ in }
                        let after = Box<String>([])
                        _ = try LogVerifier(ledger.reader).run(progress: { _ in }, finding: { after.append($0.what) })
                        #expect(after.value.isEmpty, "\(value) \(bit): \(after.value)")
                    }
                }
            }
        }
    }
}

extension TestHome {
    fileprivate func meta(_ key: [UInt8]) async throws -> [UInt8]? {
        try await onceReleased { try Environment.entries([key], in: "meta", path: folder.ledger)[0] }
    }

    fileprivate func flip(_ bit: Int, ofMeta key: [UInt8]) async throws {
        try await onceReleased {
            let environment = try Environment(path: folder.ledger, tables: ["meta"])
            try environment.write { transaction in
                let table = environment.table("meta")
                var row = try transaction.get(key.span, in: table)?.copy() ?? []
                row[bit / 8] ^= 1 << UInt8(bit % 8)
                try transaction.put(key, row, in: table)
            }
        }
    }
}
