import EventLog
import Foundation
import KeyEvents
import Projections
import Storage
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerQueries

/// Destroying an account's data key makes its personal fields unreadable everywhere, and the log still verifies.
@Suite(.holdsLedgers) struct ErasureIsCompleteTests {
    private static let personal = ["Hotel Zur Post", "Guest 4711", "left by mistake", "192.0.2.77", "/guests/4711", "frontdesk"]

    @Test func erasingMakesPersonalFieldsUnreadableAndChangesNothingElse() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let hotel = try await ledger.newKey("Hotel Zur Post", account: .hotel, metadata: ["contact": "frontdesk"])
            let other = try await ledger.newKey("Hostel", account: .hostel, metadata: ["contact": "Ada"])
            _ = try await ledger.commands.changeKey(hotel.id, KeyChange(name: "Guest 4711"), by: .commandLine)
            let context = UseContext(clientAddress: "192.0.2.77", method: "GET", path: "/guests/4711")
            for key in [hotel, other] { _ = try await ledger.verifier.verify(key.secret, context: context, actor: .commandLine) }
            let ended = try await ledger.newKey("Hotel Zur Post", account: .hotel)
            _ = try await ledger.commands.revokeKey(ended.id, reason: "left by mistake", by: .commandLine)

            #expect(try ledger.log().compactMap(\.personal).count == 7)
            Self.expectNothingInTheClear(home)
            let root = try ledger.environment.read { try ledger.reader.treeHead($0).root }
            let before = try ledger.stateDump()
            let check = try await ledger.maintenance.replay(isCheck: true) { _, _ in }
            #expect(check.differences.count == 0, "\(check.differences.first)")

            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel))
            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel) == false)

            try Self.checkErased(ledger, hotel.id, other.id)
            // The log says so, and all that stood there stands there.
            #expect(try ledger.types().suffix(1) == ["AccountErased"])
            #expect(try ledger.environment.read { try MerkleTree(ledger.reader).root(of: 7, $0) } == root)
            let state = try ledger.stateDump()
            #expect(state.filter { $0.key != "erasures" } == before.filter { $0.key != "erasures" })
            _ = try await ledger.maintenance.replay(isCheck: false) { _, _ in }
            try Self.checkErased(ledger, hotel.id, other.id)
            #expect(try ledger.stateDump() == state)
            let again = try await ledger.maintenance.replay(isCheck: true) { _, _ in }
            #expect(again.differences.count == 0, "\(again.differences.first)")
            try PositionsAreGaplessTests.checkOrder(ledger, count: 8)

            // Everything else works: the key is good, its uses are counted, though not where they came from.
            #expect(try await ledger.verifier.verify(hotel.secret, context: context, actor: .commandLine).isValid)
            #expect(try ledger.log().last?.event.sealed == nil)
            #expect(try ledger.keys.usage(of: hotel.id, for: .commandLine).usage.counts.uses == 2)
            _ = try await ledger.commands.disableKey(hotel.id, by: .commandLine)
            // A new name is sealed under a new data key; the old ones stay unreadable.
            let renamed = try await ledger.commands.changeKey(hotel.id, KeyChange(name: "Motel"), by: .commandLine)
            #expect(renamed.key.name == "Motel" && renamed.key.metadata.isEmpty)
            #expect(try ledger.log(of: hotel.id).compactMap(\.personal?.name) == ["Motel"])
        }
        try await home.withLedger { ledger in
            let names = try ledger.log().compactMap(\.personal?.name)
            #expect(names == ["Hostel", "Motel"])
        }
    }

    /// A process that has used the data key notices that another destroyed it.
    @Test func erasingInAnotherProcessIsNoticed() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey("Hotel Zur Post", account: .hotel)
            #expect(try ledger.keys.decryptedKey(key.id, for: .commandLine).name == "Hotel Zur Post")
            await Self.erases(home.folder.path)
            #expect(try ledger.keys.decryptedKey(key.id, for: .commandLine).name == nil)
            #expect(try ledger.log().compactMap(\.personal).isEmpty)
        }
    }

    private static func erases(_ path: String) async {
        await #expect(processExitsWith: .success) { [path = path as String] in
            let ledger = try Ledger.open(DataFolder(path: path), options: .init(clock: TestClock().ledgerClock))
            let wasThere = try await ledger.accounts.erasePersonalFields(of: .hotel)
            try #require(wasThere)
            ledger.close()
        }
    }

    private static func checkErased(_ ledger: Ledger, _ hotel: KeyID, _ other: KeyID) throws {
        let log = try ledger.log()
        for entry in log where entry.event.accountID == .hotel { #expect(entry.personal == nil) }
        #expect(log.compactMap(\.personal).count == 2)
        let view = try ledger.keys.decryptedKey(hotel, for: .commandLine)
        #expect(view.name == nil && view.metadata.isEmpty)
        let untouched = try ledger.keys.decryptedKey(other, for: .commandLine)
        #expect(untouched.name == "Hostel" && untouched.metadata == ["contact": "Ada"])
        for listed in try ledger.keys.listKeys(for: .commandLine, limit: 10) where listed.key.state.accountID == .hotel {
            #expect(listed.key.name == nil)
        }
    }

    /// Neither in the log nor in what is derived from it, from the first record on.
    private static func expectNothingInTheClear(_ home: TestHome) {
        for (name, bytes) in home.files() {
            for text in personal where Data(bytes).range(of: Data(text.utf8)) != nil {
                Issue.record("\(name) holds \(text) in the clear")
            }
        }
    }
}
