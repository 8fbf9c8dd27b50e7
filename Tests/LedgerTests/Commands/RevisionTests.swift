import KeyEvents
import Projections
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerQueries

/// A change that is meant for a revision of a key is made on that revision alone.
@Suite struct RevisionTests {
    @Test func aChangeOfAnEarlierRevisionIsRefused() async throws {
        let home = TestHome(seed: 1)
        try await home.withLedger { ledger in
            let id = try await ledger.newKey("Mews", account: .hotel).id
            let revision = try #require(try ledger.key(id)).changedPosition
            let renamed = try await ledger.commands.changeKey(id, KeyChange(name: "Guesty"), revision: revision, by: .commandLine)
            #expect(renamed.isChange)
            await #expect(throws: StaleRevision()) {
                try await ledger.commands.changeKey(id, KeyChange(name: "Avantio"), revision: revision, by: .commandLine)
            }
            #expect(try ledger.keys.decryptedKey(id, for: .commandLine).name == "Guesty")
            let current = try #require(try ledger.key(id)).changedPosition
            _ = try await ledger.commands.changeKey(id, KeyChange(name: "Avantio"), revision: current, by: .commandLine)
            #expect(try ledger.keys.decryptedKey(id, for: .commandLine).name == "Avantio")
        }
    }

    /// One of many that change the same revision at once is first.
    @Test func oneOfManyIsFirst() async throws {
        let home = TestHome(seed: 1)
        try await home.withLedger { ledger in
            let id = try await ledger.newKey("Mews", account: .hotel).id
            let revision = try #require(try ledger.key(id)).changedPosition
            let made = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        (try? await ledger.commands.changeKey(id, KeyChange(name: "\(number)"), revision: revision, by: .commandLine))
                            != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(made == 1)
        }
    }

    /// Rotations that rest on the same newest secret are no two, however close they come to each other.
    @Test func oneRotationOfManyIsFirst() async throws {
        let home = TestHome(seed: 1)
        try await home.withLedger { ledger in
            let id = try await ledger.newKey("Mews", account: .hotel).id
            let newest = try #require(try ledger.key(id)?.secrets.last?.record.id)
            let rotations = await withTaskGroup(of: Result<CommandOutcome, any Error>.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        do {
                            return .success(
                                try await ledger.commands.rotateKey(
                                    id, olderRetires: .after(.seconds(60)), newest: newest, by: .commandLine, commandID: "\(number)"
                                ).outcome)
                        } catch { return .failure(error) }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(rotations.count { (try? $0.get()) != nil } == 1)
            for case .failure(let error) in rotations { #expect(error is StaleRevision) }
            #expect(try ledger.key(id)?.secrets.map(\.record.id) == [newest, newest + 1])
        }
    }

    /// A rotation that was done is answered so once more, though the secret that it rested on is the newest no longer.
    @Test func aRepeatedRotationIsNotStale() async throws {
        let home = TestHome(seed: 1)
        try await home.withLedger { ledger in
            let id = try await ledger.newKey("Mews", account: .hotel).id
            let newest = try ledger.key(id)?.secrets.last?.record.id
            for isRepeat in [false, true] {
                let rotated = try await ledger.commands.rotateKey(
                    id, olderRetires: .now, newest: newest, by: .commandLine, commandID: "r")
                #expect(rotated.outcome.isRepeat == isRepeat)
            }
        }
    }

    @Test func aKeyIsReadAsEachRevisionLeftIt() async throws {
        let home = TestHome(seed: 1)
        try await home.withLedger { ledger in
            let (id, secret) = try await ledger.newKey("Mews", account: .hotel)
            var names: [UInt64: String] = [:]
            for name in ["Guesty", "Avantio"] {
                let state = try #require(try ledger.key(id))
                names[state.changedPosition] = try ledger.keys.decryptedKey(id, for: .commandLine).name
                _ = try await ledger.verify(secret)
                _ = try await ledger.commands.changeKey(id, KeyChange(name: name), by: .commandLine)
            }
            let last = try #require(try ledger.key(id)).changedPosition
            names[last] = "Avantio"
            for position in 0...last + 3 {
                let name = try ledger.keys.decryptedKey(id, revision: position, for: .commandLine)?.name
                #expect(name == names[position], "\(position)")
            }
            #expect(throws: ServiceError.unknownKey) {
                try ledger.keys.decryptedKey(
                    id, revision: last, for: Caller(actor: .commandLine, account: .hostel, permissions: PermissionSet([.keysRead])))
            }
        }
    }
}
