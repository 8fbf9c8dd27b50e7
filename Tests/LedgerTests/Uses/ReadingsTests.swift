import Bytes
import EventLog
import KeyEvents
import Projections
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerAudit
@testable internal import LedgerQueries

/// Reading what belongs to other accounts is on record.
@Suite struct ReadingsTests {
    private static func caller(_ label: String? = "ana", from address: String? = nil) -> Caller {
        Caller(
            actor: .commandLine, account: .operator, permissions: PermissionSet(Permission.allCases), label: label,
            address: address.flatMap { IPAddress($0) })
    }

    private static func readings(_ ledger: Ledger) async throws -> [Entry] {
        try await ledger.flush()
        return try ledger.log().filter { $0.type == "LogRead" }
    }

    @Test func oneRecordForWhoFromWhereWhatWhoseAndHour() async throws {
        let home = TestHome(seed: printedSeed())
        let hotel: Set<AccountID> = [.hotel, .operator]
        try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            for _ in 0..<500 { ledger.readings.note(.events, of: hotel, by: Self.caller(from: "192.0.2.1")) }
            let entry = try #require(try await Self.readings(ledger).first)
            #expect(try await Self.readings(ledger).count == 1)
            #expect(entry.event.body == .logRead(LogReading(what: "events", account: .hotel)))
            #expect(entry.event.keyID == .none && entry.event.accountID == .operator && entry.event.actor == .commandLine)
            #expect(entry.personal == PersonalFields(actorLabel: "ana", clientAddress: "192.0.2.1"))
            // Each of these is another.
            ledger.readings.note(.keys, of: hotel, by: Self.caller(from: "192.0.2.1"))
            ledger.readings.note(.events, of: hotel, by: Self.caller(from: "192.0.2.2"))
            ledger.readings.note(.events, of: hotel, by: Self.caller("ben", from: "192.0.2.1"))
            ledger.readings.note(.events, of: [.hostel], by: Self.caller(from: "192.0.2.1"))
            ledger.readings.note(.events, of: [.hostel, .hotel], by: Self.caller(from: "192.0.2.1"))
            #expect(try await Self.readings(ledger).count == 6)
            home.clock.advance(seconds: 3600)
            ledger.readings.note(.events, of: hotel, by: Self.caller(from: "192.0.2.1"))
            #expect(try await Self.readings(ledger).count == 7)
            #expect(try await Self.readings(ledger)[5].event.body == .logRead(LogReading(what: "events", account: nil)))
        }
        // Another process, in the same hour.
        try await home.withLedger { ledger in
            ledger.readings.note(.events, of: hotel, by: Self.caller(from: "192.0.2.1"))
            #expect(try await Self.readings(ledger).count == 7)
            ledger.readings.note(.usage, of: hotel, by: Self.caller(from: "192.0.2.1"))
            #expect(try await Self.readings(ledger).count == 8)
            let findings = Box<String>([])
            let scan = LogVerifier(ledger.reader, decryptor: ledger.vault)
            _ = try scan.run(progress: { _ in }, finding: { findings.append($0.what) })
            #expect(findings.value.isEmpty)
            #expect(try await ledger.maintenance.replay(isCheck: true) { _, _ in }.differences.count == 0)
        }
        for file in home.files() where !file.path.hasPrefix("vault/") {
            #expect(file.bytes.firstRange(of: Array("192.0.2.1".utf8)) == nil, "\(file.path)")
        }
    }

    @Test func whatIsOnesOwnIsNoReading() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            ledger.readings.note(.events, of: [.operator], by: Self.caller())
            ledger.readings.note(.events, of: [], by: Self.caller())
            ledger.readings.note(.events, of: [.hotel], by: .holder(.hotel))
            ledger.readings.note(.events, of: [.hotel, .hostel], by: .holder(.hostel))
            try ledger.readings.note(.bundle, of: EventFilter(), by: Self.caller())
            #expect(try await Self.readings(ledger).isEmpty)
            _ = try await ledger.newKey(account: .hotel)
            try ledger.readings.note(.bundle, of: EventFilter(), by: Self.caller())
            #expect(try await Self.readings(ledger).map(\.event.body) == [.logRead(LogReading(what: "bundle", account: .hotel))])
        }
    }

    /// Beyond some accounts, whoever goes through all of them is recorded once more.
    @Test func manyAccountsAreSeveral() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            for number in 0..<100 { ledger.readings.note(.keys, of: [AccountID(trusted: "a\(number)")], by: Self.caller()) }
            let readings = try await Self.readings(ledger)
            #expect(readings.count == ReadingRecorder.maxAccounts + 1)
            #expect(readings.last?.event.body == .logRead(LogReading(what: "keys", account: nil)))
        }
    }

    /// A key that authorised a call for what it may not do was refused.
    @Test func aCallThatIsDeniedIsARefusal() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel, permissions: [.keysRead])
            let verdict = try ledger.verifier.evaluate(key.secret)
            for number in 0..<6 {
                let call = ledger.verifier.beginCall(verdict, from: IPAddress("192.0.2.1"))
                #expect(ledger.aggregator.holdsUse(of: key.id, secret: 1))
                ledger.verifier.endCall(
                    call, denial: number < 3 ? CallDenial(lacking: .logRead) : number == 3 ? CallDenial(lacking: nil) : nil)
            }
            _ = try ledger.verifier.authenticateCaller(key.secret, for: .logRead)
            _ = try ledger.verifier.authenticateCaller(key.secret, for: .keysRead)
            try await ledger.settle()
            let entries = try ledger.log(of: key.id)
            let refusals = entries.filter { $0.refusal != nil }
            #expect(refusals.allSatisfy { $0.refusal == .permissionDenied && $0.use?.isInternal == true })
            #expect(Set(refusals.map { "\($0.use?.permissionAsked ?? "-") \($0.use?.count ?? 0)" }) == ["log.read 4", "- 1"])
            #expect(entries.compactMap { $0.accepted?.count } == [3])
            #expect(try ledger.keys.usage(of: key.id, for: .commandLine).usage.counts.refusals == [.permissionDenied: 5])
            for entry in entries { #expect(try ledger.audit.explain(entry.position).matches != false) }
            let findings = Box<String>([])
            let scan = LogVerifier(ledger.reader, decryptor: ledger.vault)
            _ = try scan.run(progress: { _ in }, finding: { findings.append($0.what) })
            #expect(findings.value.isEmpty)
        }
    }

    /// A call that is being answered counts as a use where its key is changed meanwhile: it stands in the log before that.
    @Test func aChangeOfTheKeyClosesItsCalls() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel, permissions: [.keysRead])
            let call = ledger.verifier.beginCall(try ledger.verifier.evaluate(key.secret), from: nil)
            _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
            ledger.verifier.endCall(call, denial: CallDenial(lacking: .logRead))
            try await ledger.settle()
            #expect(try ledger.types() == ["KeyCreated", "KeyUsed", "KeyDisabled"])
            #expect(ledger.aggregator.count == 0)
        }
    }
}
