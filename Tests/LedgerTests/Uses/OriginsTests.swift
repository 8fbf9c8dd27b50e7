import Bytes
import EventLog
import KeyEvents
import Projections
import Storage
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerAudit

/// A record that counts several presentations says where they came from.
@Suite struct OriginsTests {
    private static func present(_ secret: String, from address: String?, _ ledger: Ledger) async throws {
        _ = try await ledger.verifier.verify(secret, context: UseContext(clientAddress: address), actor: .commandLine)
    }

    @Test func aRevokedKeyTriedFromFourAddresses() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel)
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            for address in ["198.51.100.1:443", "2001:db8::1", "198.51.100.1", nil, "::ffff:198.51.100.2", "somebody"] {
                try await Self.present(key.secret, from: address, ledger)
            }
            try await ledger.settle()
            let refusals = try ledger.log(of: key.id).filter { $0.refusal == .revoked }
            let entry = try #require(refusals.first)
            #expect(refusals.count == 1 && entry.use?.count == 6)
            #expect(
                entry.personal?.addresses?.entries == [
                    .init(address: "198.51.100.1", count: 2), .init(address: "2001:db8::1", count: 1), .init(address: nil, count: 2),
                    .init(address: "198.51.100.2", count: 1),
                ])
            #expect(entry.event.addressObjection(entry.personal) == nil)
            #expect(try ledger.audit.explain(entry.position).matches == true)
            let report = try #require(try ledger.audit.leak(of: key.secret, since: 0))
            #expect(
                report.refusals.map(\.source.clientAddress).compactMap(\.self).sorted() == ["198.51.100.1", "198.51.100.2", "2001:db8::1"])
            #expect(report.refusals.map(\.count).sorted() == [1, 1, 2, 2])
        }
    }

    @Test(arguments: [UseRecording.durable, .aggregated(window: .seconds(10))])
    func ofTwelveAddressesEightAreToldAndTheRestCounted(_ recording: UseRecording) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(recording) { ledger in
            let key = try await ledger.newKey(account: .hotel, permissions: [.keysRead])
            for number in 1...12 {
                let address = "192.0.2.\(number)"
                if recording == .durable {
                    _ = try ledger.verifier.authenticateCaller(key.secret, from: IPAddress(address))
                } else {
                    try await Self.present(key.secret, from: address, ledger)
                }
            }
            try await ledger.settle()
            let uses = try ledger.log(of: key.id).filter { $0.accepted != nil }
            let entry = try #require(uses.first)
            let addresses = try #require(entry.personal?.addresses)
            #expect(uses.count == 1 && entry.use?.count == 12 && entry.use?.isInternal == (recording == .durable))
            #expect(addresses.entries.map(\.address) == (1...8).map { "192.0.2.\($0)" } && addresses.others == 4)
            #expect(entry.personal?.clientAddress == "192.0.2.12")
            let leak = try #require(try ledger.audit.leak(of: key.secret, since: 0))
            #expect(leak.uses.count == 9 && leak.uses.reduce(0) { $0 + $1.count } == 12 && leak.accepted == 12)
            #expect(leak.uses.filter(\.source.isOfOthers).map(\.count) == [4])
        }
    }

    /// One presentation says no more than it did, and where no address is known there is nothing to say.
    @Test func oneOrUnknown() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel, expiresAt: home.clock.now.adding(seconds: 1))
            home.clock.advance(seconds: 1)
            try await Self.present(key.secret, from: "192.0.2.1", ledger)
            home.clock.advance(seconds: 1)
            for _ in 0..<3 { try await Self.present(key.secret, from: nil, ledger) }
            try await ledger.settle()
            let entries = try ledger.log(of: key.id).filter { $0.use != nil }
            #expect(entries.map { $0.use?.count } == [1, 3])
            #expect(entries[0].personal == PersonalFields(clientAddress: "192.0.2.1"))
            #expect(entries[1].event.sealed == nil)
        }
    }

    /// What came before an erasure stays unreadable, though the account has a new data key when the window ends.
    @Test func anErasureReachesWhatWaits() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(.aggregated(window: .seconds(60))) { ledger in
            let key = try await ledger.newKey(account: .hotel)
            for number in 1...3 { try await Self.present(key.secret, from: "192.0.2.\(number)", ledger) }
            _ = try await ledger.accounts.erasePersonalFields(of: .hotel)
            _ = try await ledger.newKey("another", account: .hotel)
            for number in 4...5 { try await Self.present(key.secret, from: "192.0.2.\(number)", ledger) }
            try await ledger.settle()
            let entry = try #require(try ledger.log(of: key.id).first { $0.accepted != nil })
            #expect(entry.use?.count == 5)
            let addresses = try #require(entry.personal?.addresses)
            #expect(
                addresses.entries.filter { $0.address != nil }.map(\.address) == ["192.0.2.4", "192.0.2.5"] && addresses.total == 5)
        }
    }

    /// Both who hold the data keys say so: the scan of `audit verify`, and `audit explain`.
    @Test func aForgedSumIsObjectedTo() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel)
            for (count, total) in [(4, 4), (4, 5)] as [(UInt64, UInt64)] {
                let personal = PersonalFields(
                    clientAddress: "192.0.2.1", addresses: AddressCounts(entries: [.init(address: "192.0.2.1", count: total)]))
                let use = Event.Use(count: count, secretID: 1, decidedAtPosition: 0, decidedAt: ledger.time.now, firstAt: ledger.time.now)
                var event = Event(keyID: key.id, accountID: .hotel, actor: .commandLine, body: .used(use))
                event.sealed = try ledger.vault.seal(personal, for: event)
                ledger.writer.enqueue(ForgingJob(event))
            }
            try await ledger.flush()
            let findings = Box<String>([])
            let scan = LogVerifier(ledger.reader, decryptor: ledger.vault)
            _ = try scan.run(progress: { _ in }, finding: { findings.append("\($0.position ?? 0): \($0.what)") })
            #expect(findings.value == ["2: the counts of its addresses add up to 5, and it counts 4"])
            #expect(try ledger.audit.explain(1).matches == true)
            #expect(try ledger.audit.explain(2).matches == false)
        }
    }
}

/// Writes what the service never would.
private final class ForgingJob: WriterJob {
    private let event: Event

    init(_ event: Event) { self.event = event }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        _ = try appender.append(event, &transaction)
    }

    func finish(_ error: (any Error)?) {}
}
