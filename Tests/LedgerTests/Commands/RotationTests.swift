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
@testable internal import LedgerQueries

@Suite("Rotation: one key, at most two live secrets")
struct RotationTests {
    private static func rotate(_ ledger: Ledger, _ id: KeyID, _ older: Rotation.OlderRetires) async throws -> String {
        try #require(try await ledger.commands.rotateKey(id, olderRetires: older, by: .commandLine).secret).reveal()
    }

    @Test func theOldSecretLivesForTheGraceTime() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let expiresAt = home.clock.now.adding(seconds: 1000)
            let key = try await ledger.newKey("Sync", scopes: ["listings:read"], expiresAt: expiresAt)
            #expect(try await ledger.verify(key.secret) == .valid)
            let second = try await Self.rotate(ledger, key.id, .after(.seconds(60)))
            #expect(second != key.secret && second.hasPrefix("lhql_live_"))
            #expect(try await ledger.verify(key.secret) == .valid)
            #expect(try await ledger.verify(second) == .valid)
            home.clock.advance(seconds: 59)
            #expect(try await ledger.verify(key.secret) == .valid)
            home.clock.advance(seconds: 1)
            // From the instant, recorded or not.
            let verdict = try await ledger.verifier.verify(key.secret, actor: .commandLine)
            #expect(verdict.code == .revoked && verdict.key?.isSecretRetired == true && verdict.message.contains("replaced"))
            #expect(try await ledger.verify(second) == .valid)
            let state = try #require(try ledger.key(key.id))
            #expect(state.expiresAt == expiresAt && state.scopes == ["listings:read"])
            #expect(state.secrets.map { $0.status(at: home.clock.now) } == [.retired, .active])
            // The sweep records it, once.
            await ledger.startSweep(home.clock)
            for _ in 0..<4 {
                home.clock.advance(seconds: 1)
                await ledger.maintenance.sweepExpired()
            }
            try await ledger.settle()
            let types = try ledger.types(of: key.id)
            #expect(types.filter { $0 == "SecretRetired" }.count == 1)
            #expect(try ledger.key(key.id)?.secrets.map { $0.retiredAt != nil } == [true, false])
            let usage = try ledger.keys.usage(of: key.id, for: .commandLine).usage
            #expect(usage.counts.uses == 5 && usage.secretUses.count == 2)
            // A temporary key stays temporary.
            home.clock.advance(seconds: 1000)
            #expect(try await ledger.verify(second) == .expired)
            await #expect(throws: ServiceError.refused(.ended(.expired))) { try await Self.rotate(ledger, key.id, .now) }
        }
    }

    @Test func withoutGraceAllOlderEndAtOnce() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            #expect(try await ledger.verify(key.secret) == .valid)
            let second = try await Self.rotate(ledger, key.id, .after(.seconds(60)))
            let third = try await Self.rotate(ledger, key.id, .now)
            #expect(try await ledger.verify(key.secret) == .revoked)
            #expect(try await ledger.verify(second) == .revoked)
            #expect(try await ledger.verify(third) == .valid)
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            #expect(try await ledger.verify(third) == .revoked)
        }
    }

    @Test("Rotating again replaces the newer secret if it was never used, else the older", arguments: [false, true])
    func rotatingAgain(_ isUsed: Bool) async throws {
        for recording in [UseRecording.durable, .buffered, .aggregated(window: .seconds(60))] {
            let home = TestHome(seed: printedSeed())
            try await home.withLedger(recording) { ledger in
                let key = try await ledger.newKey()
                #expect(try await ledger.verify(key.secret) == .valid)
                let second = try await Self.rotate(ledger, key.id, .after(.seconds(3600)))
                if isUsed { #expect(try await ledger.verify(second) == .valid) }
                home.clock.advance(seconds: 1800)
                let third = try await Self.rotate(ledger, key.id, .after(.seconds(3600)))
                home.clock.advance(seconds: 1799)
                #expect(try await ledger.verify(key.secret) == (isUsed ? .revoked : .valid), "\(recording)")
                #expect(try await ledger.verify(second) == (isUsed ? .valid : .revoked), "\(recording)")
                #expect(try await ledger.verify(third) == .valid)
                home.clock.advance(seconds: 1)
                #expect(try await ledger.verify(key.secret) == .revoked)
                home.clock.advance(seconds: 1800)
                #expect(try await ledger.verify(second) == .revoked)
                #expect(try await ledger.verify(third) == .valid)
            }
        }
    }

    @Test("A second rotation never gives the old secret longer than the first said, unless that is asked for")
    func theGraceThatWasSaidHolds() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            // What is said first, what second, whether longer is asked for; when the old secret ends, and whether a use of the newest
            // does it.
            let cases: [(Rotation.OlderRetires, Rotation.OlderRetires, Bool, Int64?, Bool)] = [
                (.after(.seconds(4)), .after(.seconds(86_400)), false, 4, false),
                (.after(.seconds(4)), .after(.seconds(86_400)), true, 86_401, false),
                (.after(.seconds(60)), .after(.seconds(10)), false, 11, false),
                (.after(.seconds(60)), .after(.seconds(10)), true, 11, false),
                (.after(.seconds(4)), .whenNewerIsUsed, false, 4, true), (.after(.seconds(4)), .whenNewerIsUsed, true, nil, true),
                (.whenNewerIsUsed, .after(.seconds(60)), false, 61, true), (.whenNewerIsUsed, .after(.seconds(60)), true, 61, false),
                (.whenNewerIsUsed, .whenNewerIsUsed, false, nil, true),
            ]
            for (first, second, isAsked, seconds, endsWithUse) in cases {
                let text: Comment = "\(first) \(second) \(isAsked)"
                for uses in [false, true] {
                    let key = try await ledger.newKey()
                    #expect(try await ledger.verify(key.secret) == .valid)
                    let start = home.clock.now
                    _ = try await Self.rotate(ledger, key.id, first)
                    home.clock.advance(seconds: 1)
                    let newest = try #require(
                        try await ledger.commands.rotateKey(key.id, olderRetires: second, extendsGrace: isAsked, by: .commandLine).secret)
                    let retirement = try #require(try ledger.key(key.id)?.secrets.first?.retirement)
                    #expect(retirement.date == seconds.map { start.adding(seconds: $0) } && retirement.comesWithUse == endsWithUse, text)
                    #expect(try await ledger.verify(key.secret) == .valid, text)
                    if uses {
                        #expect(try await ledger.verify(newest.reveal()) == .valid)
                        #expect(try await ledger.verify(key.secret) == (endsWithUse ? .revoked : .valid), text)
                    }
                    guard let seconds else { continue }
                    home.clock.advance(seconds: seconds - 2)
                    #expect(try await ledger.verify(key.secret) == (uses && endsWithUse ? .revoked : .valid), text)
                    home.clock.advance(seconds: 1)
                    #expect(try await ledger.verify(key.secret) == .revoked, text)
                }
            }
            // What an older program would take for less than it says, it refuses; and the log is what the rules make of it.
            let marked = try ledger.log().filter { $0.event.requires == ["earlier-end"] }
            #expect(marked.count == 4)
            #expect(try ledger.environment.read { try LogMeta.neededFeatures(ledger.reader.tables, $0) } == ["earlier-end"])
            try await ledger.settle()
            let findings = Box<Finding>([])
            _ = try LogVerifier(ledger.reader).run(progress: { _ in }, finding: { findings.append($0) })
            #expect(findings.value == [])
        }
    }

    @Test(
        "The old secret ends with the first accepted use of the new one",
        arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(60))])
    func retiredByUse(_ recording: UseRecording) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(recording) { ledger in
            let key = try await ledger.newKey(scopes: ["a"])
            for _ in 0..<3 { #expect(try await ledger.verify(key.secret) == .valid) }
            let second = try await Self.rotate(ledger, key.id, .whenNewerIsUsed)
            home.clock.advance(seconds: 1_000_000)
            #expect(try await ledger.verify(key.secret) == .valid)
            // Looking is not using, and neither is a refusal.
            _ = try await ledger.verifier.verify(second, isDryRun: true, actor: .commandLine)
            #expect(try await ledger.verify(second, AccessCheck(scopes: ["b"])) == .insufficientScope)
            #expect(try await ledger.verify(key.secret) == .valid)
            #expect(try await ledger.verify(second) == .valid)
            #expect(try await ledger.verify(key.secret) == .revoked)
            #expect(try await ledger.verify(second) == .valid)
            try await ledger.settle()
            let log = try ledger.log(of: key.id)
            let retired = try #require(log.first { $0.type == "SecretRetired" })
            #expect(retired.event.actor == .firstUse)
            let accepted = log.filter { $0.accepted != nil }
            #expect(accepted.filter { $0.accepted?.secretID == 1 }.reduce(0) { $0 + ($1.accepted?.count ?? 0) } == 5)
            #expect(accepted.filter { $0.accepted?.secretID == 2 }.reduce(0) { $0 + ($1.accepted?.count ?? 0) } == 2)
            // What the old one was accepted for stands before its end.
            for use in accepted where use.accepted?.secretID == 1 {
                #expect((use.accepted?.decidedAtPosition ?? .max) < retired.position)
                if case .buffered = recording {} else { #expect(use.position < retired.position) }
            }
        }
    }

    @Test func aKeyThatCallsKeyledgerRetiresItsOldSecretToo() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(permissions: [.admin])
            #expect(try ledger.verifier.authenticateCaller(key.secret).caller != nil)
            let second = try await Self.rotate(ledger, key.id, .whenNewerIsUsed)
            #expect(try ledger.verifier.authenticateCaller(key.secret).caller != nil)
            #expect(try ledger.verifier.authenticateCaller(second).caller != nil)
            try await ledger.settle()
            #expect(try ledger.verifier.authenticateCaller(key.secret).verdict.code == .revoked)
            #expect(try ledger.verifier.authenticateCaller(second).caller != nil)
        }
    }

    @Test func theSameCommandRotatesOnceAndShowsTheSecretOnce() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            let first = try await ledger.commands.rotateKey(key.id, olderRetires: .now, by: .commandLine, commandID: "r")
            let again = try await ledger.commands.rotateKey(key.id, olderRetires: .now, by: .commandLine, commandID: "r")
            #expect(first.secret != nil && again.secret == nil && again.outcome.isRepeat)
            #expect(again.outcome.position == first.outcome.position && again.outcome.key.state == first.outcome.key.state)
            await #expect(throws: ServiceError.commandIDReused) {
                try await ledger.commands.rotateKey(key.id, olderRetires: .whenNewerIsUsed, by: .commandLine, commandID: "r")
            }
            #expect(try ledger.types(of: key.id) == ["KeyCreated", "SecretRetired", "SecretAdded"])
        }
    }

    /// Its new secret may do all that the key may.
    @Test func rotatingTakesHoldingAllThatTheKeyHolds() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let admin = try await ledger.newKey(permissions: [.admin])
            let clerk = try await ledger.newKey(permissions: [.keysRead, .keysWrite])
            let stranger = try await ledger.newKey(account: .hotel, permissions: [.keysWrite])
            let clerkCaller = try #require(try ledger.verifier.authenticateCaller(clerk.secret).caller)
            let strangerCaller = try #require(try ledger.verifier.authenticateCaller(stranger.secret).caller)
            await #expect(throws: ServiceError.missingPermission(.admin)) {
                try await ledger.commands.rotateKey(admin.id, olderRetires: .now, by: clerkCaller)
            }
            await #expect(throws: ServiceError.unknownKey) {
                try await ledger.commands.rotateKey(clerk.id, olderRetires: .now, by: strangerCaller)
            }
            for seconds in [Int64(-1), 31_622_401, .max, .min] {
                await #expect(throws: ServiceError.self) {
                    try await ledger.commands.rotateKey(clerk.id, olderRetires: .after(.seconds(seconds)), by: .commandLine)
                }
            }
            #expect(try ledger.types(of: admin.id) == ["KeyCreated"])
        }
    }

    /// Old and new secrets used by 16 callers while rotations and retirements run.
    @Test(
        "Each accepted use names a secret that was live where it stands",
        arguments: [UseRecording.durable, .aggregated(window: .seconds(1))])
    func race(_ recording: UseRecording) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(recording) { ledger in
            let key = try await ledger.newKey()
            let secrets = Box([key.secret])
            let isOver = Flag()
            try await withThrowingTaskGroup { group in
                for worker in 0..<16 {
                    group.addTask {
                        while !isOver.isSet {
                            let known = secrets.value
                            _ = try await ledger.verify(known[max(0, known.count - 1 - worker % 3)])
                            home.clock.advance(microseconds: 500)
                            await Task.yield()
                        }
                    }
                }
                group.addTask {
                    for round in 0..<60 {
                        let older: Rotation.OlderRetires = [.now, .whenNewerIsUsed, .after(.seconds(1))][round % 3]
                        let secret = try await Self.rotate(ledger, key.id, older)
                        secrets.append(secret)
                        try await Task.sleep(for: .milliseconds(2))
                        if round % 5 == 0 { await ledger.maintenance.sweepExpired() }
                    }
                    isOver.set()
                }
                try await group.waitForAll()
            }
            try await ledger.settle()
            var state: KeyState?
            var states: [(position: UInt64, state: KeyState?)] = []
            var uses = 0
            for entry in try ledger.log(of: key.id) {
                if let use = entry.accepted {
                    uses += 1
                    // A use that is answered at once is recorded somewhat later than it was decided.
                    let at = recording == .durable ? state : states.last { $0.position <= use.decidedAtPosition }?.state
                    let secret = at?.secrets.first { $0.record.id == use.secretID }
                    #expect(secret?.isLive(at: use.firstAt ?? use.decidedAt) == true, "at \(entry.position): secret \(use.secretID)")
                }
                state = evolve(state, entry.event, at: entry.position)
                states.append((entry.position, state))
                #expect((state?.secrets.filter { $0.isLive(at: entry.event.recordedAt) }.count ?? 0) <= 2)
            }
            #expect(uses > 0)
            let check = try await ledger.maintenance.replay(isCheck: true) { _, _ in }
            #expect(check.differences.count == 0)
        }
    }
}

@Suite("Whoever holds a secret may end its key")
struct RevokeBySecretTests {
    @Test func endsTheKey() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel)
            _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
            let outcome = try await ledger.commands.revokeKey(bySecret: key.secret, reason: "found on a forum")
            #expect(outcome.isChange)
            #expect(try await ledger.verify(key.secret) == .revoked)
            let entry = try #require(try ledger.log(of: key.id).first { $0.type == "KeyRevoked" })
            #expect(entry.event.body == .revoked(reasonCode: "revoked_by_holder") && entry.event.actor == .key(key.id))
            #expect(entry.personal?.reason == "found on a forum")
            #expect(try await !ledger.commands.revokeKey(bySecret: key.secret).isChange)
        }
    }

    @Test func nothingElseDoes() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            let format = try #require(SecretFormat(prefix: "lhql"))
            for text in [
                "", "x", key.id.description, String(key.secret.dropLast()), format.make(environment: "live", random: { 7 }).reveal(),
            ] {
                await #expect(throws: ServiceError.unknownKey) { try await ledger.commands.revokeKey(bySecret: text) }
            }
            // One that was replaced: who finds it must not end the key that goes on.
            let second = try #require(try await ledger.commands.rotateKey(key.id, olderRetires: .now, by: .commandLine).secret).reveal()
            await #expect(throws: ServiceError.secretRetired) { try await ledger.commands.revokeKey(bySecret: key.secret) }
            #expect(try await ledger.verify(second) == .valid)
        }
    }
}

@Suite("A key that may be used from some addresses only")
struct AllowlistTests {
    private static func question(_ address: String?) -> AccessCheck { AccessCheck(address: address.flatMap { IPAddress($0) }) }

    @Test func isRefusedFromElsewhere() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let request = CreateKey(name: "Sync", account: .hotel, scopes: ["a"], ipAllowlist: ["192.0.2.7/24", "2001:db8::/32"])
            let made = try await ledger.commands.createKey(request, by: .commandLine)
            let id = made.outcome.key.state.id
            let secret = try #require(made.secret).reveal()
            #expect(made.outcome.key.ipAllowlist == ["192.0.2.0/24", "2001:db8::/32"])
            for (address, code) in [
                ("192.0.2.1", .valid), ("::ffff:192.0.2.1", .valid), ("192.0.3.1", .ipNotAllowed), ("2001:db8::5", .valid),
                ("2001:db9::", .ipNotAllowed), (nil, .ipNotAllowed),
            ] as [(String?, VerdictCode)] {
                #expect(try await ledger.verify(secret, Self.question(address)) == code, "\(address ?? "-")")
            }
            // Before scopes, after everything about the key itself.
            #expect(try await ledger.verify(secret, AccessCheck(scopes: ["b"])) == .ipNotAllowed)
            #expect(try await ledger.verify(secret, AccessCheck(scopes: ["b"], address: IPAddress("192.0.2.1"))) == .insufficientScope)
            _ = try await ledger.commands.changeKey(id, KeyChange(name: "Renamed", metadata: ["a": "b"]), by: .commandLine)
            #expect(try await ledger.verify(secret, Self.question("192.0.3.1")) == .ipNotAllowed)
            #expect(
                try await !ledger.commands.changeKey(id, KeyChange(ipAllowlist: ["192.0.2.0/24", "2001:db8::/32"]), by: .commandLine)
                    .isChange)
            _ = try await ledger.commands.changeKey(id, KeyChange(ipAllowlist: ["10.0.0.0/8"]), by: .commandLine)
            #expect(try await ledger.verify(secret, Self.question("192.0.2.1")) == .ipNotAllowed)
            #expect(try await ledger.verify(secret, Self.question("10.1.2.3")) == .valid)
            _ = try await ledger.commands.changeKey(id, KeyChange(ipAllowlist: []), by: .commandLine)
            #expect(try await ledger.verify(secret, Self.question(nil)) == .valid)
            try await ledger.settle()
            #expect(try ledger.keys.usage(of: id, for: .commandLine).usage.counts.refusals[.ipNotAllowed] ?? 0 > 3)
            #expect(try await ledger.maintenance.replay(isCheck: true) { _, _ in }.differences.count == 0)
        }
    }

    /// Addresses say where a customer sits.
    @Test func theListStandsNowhereInTheClear() async throws {
        let home = TestHome(seed: printedSeed())
        let (id, secret) = try await home.withLedger { ledger in
            let made = try await ledger.commands.createKey(
                CreateKey(name: "Sync", account: .hotel, ipAllowlist: ["198.51.100.77"]), by: .commandLine)
            return (made.outcome.key.state.id, try #require(made.secret).reveal())
        }
        let needle = Array("198.51.100.77".utf8)
        for file in home.files() { #expect(file.bytes.firstRange(of: needle) == nil, "\(file.path)") }
        try await home.withLedger { ledger in
            // Nobody knows any more from where it may be used: from nowhere.
            _ = try await ledger.accounts.erasePersonalFields(of: .hotel)
            #expect(try await ledger.verify(secret, Self.question("198.51.100.77")) == .ipNotAllowed)
            let view = try ledger.keys.decryptedKey(id, for: .commandLine)
            #expect(view.ipAllowlist == nil && view.name == nil)
            #expect(try await ledger.maintenance.replay(isCheck: true) { _, _ in }.differences.count == 0)
        }
    }
}
