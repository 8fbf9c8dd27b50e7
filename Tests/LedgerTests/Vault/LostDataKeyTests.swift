import Bytes
import Foundation
import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable import LedgerAPI
@testable internal import LedgerQueries

/// A data key that is not in the vault was destroyed on purpose, as the log says, or is lost, which nobody may pass over in silence.
@Suite(.holdsLedgers) struct LostDataKeyTests {
    private func file(_ home: TestHome) -> String { home.folder.vault + "/hotel.key" }

    private func losses(_ home: TestHome) -> [String] { home.reports.filter { $0.contains("hotel is lost") } }

    @Test func aLostDataKeyIsReplacedWithAWord() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.newKey("Zur Post", account: .hotel)
            let lost = try #require(try ledger.vault.dataKeyID(of: .hotel))
            try FileManager.default.removeItem(atPath: file(home))
            _ = try await ledger.newKey("Motel", account: .hotel)
            #expect(losses(home).count == 1 && losses(home)[0].contains("sealed with a new one"), "\(home.reports)")
            #expect(ledger.health.problems == [.lostDataKey])
            _ = try await ledger.newKey("Hostel", account: .hotel)
            #expect(losses(home).count == 1)
            // The loss is known to whoever opens the ledger later.
            #expect(try ledger.lostDataKeys(of: .hotel, ledger.dataKeyNeeds()) == [lost])

            // Given up, it is as destroyed as the one that came after it.
            let later = try #require(try ledger.vault.dataKeyID(of: .hotel))
            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel))
            #expect(Set(try ledger.accounts.erasures(of: .hotel).map(\.dataKeyID)) == [lost, later])
            #expect(ledger.health.problems.isEmpty)
            #expect(try ledger.lostDataKeys(of: .hotel, ledger.dataKeyNeeds()).isEmpty)
            _ = try await ledger.newKey("Pension", account: .hotel)
            #expect(losses(home).count == 1 && ledger.health.problems.isEmpty)
        }
    }

    /// Whether an address is on a list that nobody can read cannot be judged: no verdict, and nothing is recorded. Erased on purpose, the
    /// list is gone for good, and nobody is on it.
    @Test func anAddressListThatIsLostDecidesNothing() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let made = try await ledger.commands.createKey(
                CreateKey(name: "Mews", account: .hotel, environment: "live", ipAllowlist: ["192.0.2.0/24"]), by: .commandLine)
            let secret = try #require(made.secret).reveal()
            let accessCheck = AccessCheck(address: IPAddress("192.0.2.1"))
            try FileManager.default.removeItem(atPath: file(home))
            for isReplaced in [false, true] {
                if isReplaced { _ = try await ledger.newKey("Motel", account: .hotel) }
                let before = try ledger.types()
                let error = try #require(
                    await #expect(throws: UnreadableAllowlist.self) { try await ledger.verify(secret, accessCheck) })
                #expect(Problem(error).code == .unavailable && error.description.contains("hotel is lost"))
                // Without an address nobody would be let in, whatever the list says.
                #expect(try ledger.verifier.evaluate(secret).code == .ipNotAllowed)
                #expect(try ledger.types() == before)
            }
            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel))
            #expect(try await ledger.verify(secret, accessCheck) == .ipNotAllowed)
        }
    }

    /// One reading of all keys tells what data keys they need, and in which environments they are.
    @Test func theLookForLossesTellsTheEnvironments() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.commands.createKey(CreateKey(name: "n", environment: "sandbox7"), by: .commandLine)
        }
        try await home.withLedger { ledger in
            #expect(ledger.knownEnvironments.knownNames == ["live"])
            await ledger.maintenance.lookForLostDataKeys()
            #expect(ledger.knownEnvironments.knownNames == ["live", "sandbox7"])
        }
    }

    @Test func oneThatIsGoneForGoodCanBeGivenUp() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.newKey("Zur Post", account: .hotel)
            try FileManager.default.removeItem(atPath: file(home))
            #expect(try ledger.accounts.erasureOutlook(of: .hotel).hasDataKey)
            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel))
            #expect(try await !ledger.accounts.erasePersonalFields(of: .hotel))
            _ = try await ledger.newKey("Motel", account: .hotel)
            #expect(home.reports.isEmpty, "\(home.reports)")
        }
    }

    /// The log cannot name the data key of a damaged file.
    @Test func theErasureOfADamagedFileIsNoLoss() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.newKey("Zur Post", account: .hotel)
            try Data("x".utf8).write(to: URL(fileURLWithPath: file(home)))
            #expect(try ledger.lostDataKeys(of: .hotel, ledger.dataKeyNeeds()).isEmpty)
            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel))
            #expect(try ledger.lostDataKeys(of: .hotel, ledger.dataKeyNeeds()).isEmpty)
            _ = try await ledger.newKey("Motel", account: .hotel)
            #expect(home.reports.isEmpty, "\(home.reports)")
        }
    }

    @Test func aServerNoticesALossByItself() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.newKey("Zur Post", account: .hotel)
            _ = try await ledger.newKey("Hostel", account: .hostel)
            _ = try await ledger.accounts.erasePersonalFields(of: .hostel)
            await ledger.maintenance.lookForLostDataKeys()
            #expect(ledger.health.problems.isEmpty)
            try FileManager.default.moveItem(atPath: file(home), toPath: home.folder.path + "/kept")
            home.clock.advance(microseconds: 61_000_000)
            await ledger.maintenance.lookForLostDataKeys()
            #expect(ledger.health.problems == [.lostDataKey])
            #expect(losses(home).count == 1 && home.reports.count == 1, "\(home.reports)")
            try FileManager.default.moveItem(atPath: home.folder.path + "/kept", toPath: file(home))
            home.clock.advance(microseconds: 61_000_000)
            await ledger.maintenance.lookForLostDataKeys()
            #expect(ledger.health.problems.isEmpty && home.reports.count == 1)
        }
    }
}
