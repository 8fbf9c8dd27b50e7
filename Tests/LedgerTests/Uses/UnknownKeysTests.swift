import Bytes
import KeyEvents
import TestSupport
import Testing

@testable import Ledger
@testable import Validation

/// Keys that nobody has are told of in the server's log, and recorded nowhere.
@Suite struct UnknownKeysTests {
    private static let format = SecretFormat(prefix: "lhql")

    private static func secret(_ byte: UInt8) throws -> Secret { try #require(format).make(environment: "live", random: { byte }) }

    @Test func everyWayTellsOfThem() async throws {
        let home = TestHome(seed: printedSeed())
        let lines = Box<String>([])
        let notice: @Sendable (String) -> Void = { lines.append($0) }
        try await home.withLedger(notice: notice) { ledger in
            let key = try await ledger.newKey(account: .hotel)
            var secrets: [Secret] = []
            for byte in 1...5 as ClosedRange<UInt8> { secrets.append(try Self.secret(byte)) }
            let address = IPAddress("192.0.2.1")
            _ = try await ledger.verifier.verify(secrets[0].reveal(), context: UseContext(address: address), actor: .commandLine)
            _ = try ledger.verifier.authenticateCaller(secrets[1].reveal(), from: address)
            ledger.verifier.recordCall(try ledger.verifier.evaluate(secrets[2].reveal()), from: address)
            await #expect(throws: ServiceError.unknownKey) {
                try await ledger.commands.revokeKey(bySecret: secrets[3].reveal(), from: address)
            }
            _ = try await ledger.verifier.verify(secrets[4].reveal(), actor: .commandLine)
            let expected = secrets.enumerated().map { index, secret in
                "a key that nobody has, \(SecretFormat.hint(of: secret)), was presented from \(index == 4 ? "an unknown address" : "192.0.2.1")"
            }
            #expect(lines.value == expected)
            // What cannot be a key, what is one, and what is only looked at.
            _ = try await ledger.verifier.verify("lhql_live_nonsense", actor: .commandLine)
            _ = try await ledger.verifier.verify(key.secret, actor: .commandLine)
            _ = try await ledger.verifier.verify(try Self.secret(9).reveal(), isDryRun: true, actor: .commandLine)
            #expect(lines.value.count == 5)
            for secret in secrets + [Secret(key.secret)] { #expect(!lines.value.contains { $0.contains(secret.reveal().suffix(12)) }) }
            try await ledger.settle()
            #expect(try ledger.types() == ["KeyCreated", "KeyUsed"])
        }
    }

    @Test func repetitionsAreCountedAndFloodsAreBounded() throws {
        let clock = TestClock()
        let lines = Box<String>([])
        let unknown = UnknownKeys(clock: clock.ledgerClock, report: { lines.append($0) })
        func note(_ hint: String) {
            var verdict = Verdict(.notFound, position: nil, decidedAt: clock.now)
            verdict.unknownHint = hint
            unknown.note(verdict, from: IPAddress("192.0.2.1"))
        }
        for _ in 0..<1000 { note("a") }
        #expect(lines.value.count == 1)
        clock.advance(seconds: 1)
        unknown.say()
        #expect(lines.value.count == 2 && lines.value[1].hasSuffix("(999 more times)"))
        for number in 0..<1000 { note("b\(number)") }
        #expect(lines.value.count <= 2 + UnknownKeys.maxReported)
        clock.advance(seconds: 1)
        unknown.say()
        #expect(lines.value.last?.contains(" \(1000 - (UnknownKeys.maxReported - 1)) times") == true)
        clock.advance(seconds: 5)
        unknown.say()
        let count = lines.value.count
        note("b1")
        #expect(lines.value.count == count + 1)
    }
}
