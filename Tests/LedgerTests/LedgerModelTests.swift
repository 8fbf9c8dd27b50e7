import EventLog
import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerQueries

/// Random commands, uses and passing time against a model that fits on one page: verdicts, lists and counts agree.
@Suite struct LedgerModelTests {
    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(30))])
    func followsTheModel(_ recording: UseRecording) async throws {
        let seed = printedSeed()
        for round in 0..<4 {
            let home = TestHome(seed: seed &+ UInt64(round))
            var random = SplitMix64(seed: seed &+ UInt64(round))
            var model = Model()
            for _ in 0..<2 {
                try await home.withLedger(recording) { ledger in
                    for _ in 0..<150 {
                        try await Self.step(ledger, home, &model, &random)
                        if random.chance(5) { await ledger.maintenance.sweepExpired() }
                        if random.chance(10) { ledger.recorder.flush(endedAt: ledger.time.now) }
                    }
                    try await ledger.settle()
                    try Self.compare(ledger, model, &random)
                    let check = try await ledger.maintenance.replay(isCheck: true) { _, _ in }
                    #expect(check.differences.count == 0)
                }
            }
            #expect(home.reports == [])
        }
    }

    private static func step(_ ledger: Ledger, _ home: TestHome, _ model: inout Model, _ random: inout SplitMix64) async throws {
        if random.chance(30) { home.clock.advance(microseconds: Int64.random(in: 0..<20_000_000, using: &random)) }
        // The wall clock is set back and forth; the ledger's time is never earlier than what was decided by it.
        if random.chance(10) {
            // What was stamped by the clock before is known to the ledger when it is set.
            try await ledger.flush()
            home.clock.step(seconds: Int64.random(in: -15...15, using: &random))
        }
        let now = ledger.time.now
        let caller = random.pick([Caller.commandLine, .holder(.hotel), .holder(.hostel)])
        if model.keys.count < 3 || random.chance(8) {
            let account = random.pick([AccountID.operator, .hotel, .hostel])
            let scopes = random.pick([[], ["a:read"], ["a:*"], ["*"]])
            let expiresAt = random.chance(40) ? now.adding(seconds: Int64.random(in: 1...200, using: &random)) : nil
            let environment = random.pick(["live", "test"])
            let request = CreateKey(
                name: "n\(model.keys.count)", account: account, environment: environment, scopes: scopes, expiresAt: expiresAt)
            guard caller.sees(account) else {
                await #expect(throws: ServiceError.unknownAccount) { _ = try await ledger.commands.createKey(request, by: caller) }
                return
            }
            let made = try await ledger.commands.createKey(request, by: caller)
            let secret = try #require(made.secret)
            model.keys.append(
                Model.Key(
                    id: made.outcome.key.state.id, account: account, environment: environment, secret: secret.reveal(),
                    name: request.name, scopes: scopes, expiresAt: expiresAt))
            return
        }
        let index = Int.random(in: 0..<model.keys.count, using: &random)
        let key = model.keys[index]
        switch Int.random(in: 0..<20, using: &random) {
        case 0:
            // After a step of the clock a key is revoked whether or not its expiry has passed.
            let isSettled = !ledger.sweep.isStepSuspected && ledger.watch.read().trust == .settled
            let isInDoubt = try !isSettled && ledger.key(key.id)?.end == nil
            await expect(model.end(index, caller, now, isInDoubt: isInDoubt)) { try await ledger.commands.revokeKey(key.id, by: caller) }
        case 1: await expect(model.disable(index, caller, now)) { try await ledger.commands.disableKey(key.id, by: caller) }
        case 2, 3: await expect(model.enable(index, caller, now)) { try await ledger.commands.enableKey(key.id, by: caller) }
        case 4, 5:
            var change = KeyChange()
            if random.chance(50) { change.name = random.pick(["x", "y"]) }
            if random.chance(50) { change.scopes = random.pick([["b:read"], ["a:*"]]) }
            if random.chance(30) { change.expiry = random.chance(50) ? .never : .at(now.adding(seconds: 60)) }
            await expect(model.change(index, change, caller, now)) { [change] in
                try await ledger.commands.changeKey(key.id, change, by: caller)
            }
        default:
            let accessCheck = AccessCheck(
                scopes: random.pick([[], ["a:read"], ["a:read", "b:read"]]), environment: random.pick([nil, nil, "live"]),
                account: random.pick([nil, nil, nil, .hotel]))
            let isDryRun = random.chance(15)
            let verdict = try await ledger.verifier.verify(key.secret, accessCheck, isDryRun: isDryRun, actor: .commandLine)
            // A record that was being written when the clock was set has the stamp of before.
            let time = max(now, verdict.decidedAt)
            #expect(time <= now.adding(seconds: 15))
            #expect(verdict.code == model.use(index, accessCheck, time, isDryRun: isDryRun))
        }
    }

    private static func expect(_ expected: ServiceError?, _ command: () async throws -> CommandOutcome) async {
        do {
            _ = try await command()
            #expect(expected == nil)
        } catch {
            #expect(error as? ServiceError == expected)
        }
    }

    private static func compare(_ ledger: Ledger, _ model: Model, _ random: inout SplitMix64) throws {
        for caller in [Caller.commandLine, .holder(.hotel), .holder(.hostel)] {
            let visible = model.keys.filter { caller.sees($0.account) }
            // In pages of random sizes, forwards and backwards. Keys of one millisecond are in the order of their ids.
            for newestFirst in [false, true] {
                var listed: [KeyWithUsage] = []
                while true {
                    let page = try ledger.keys.listKeys(
                        for: caller, after: listed.last?.key.state.id, limit: Int.random(in: 1...7, using: &random),
                        newestFirst: newestFirst)
                    if page.isEmpty { break }
                    listed += page
                }
                let ids = visible.map(\.id).sorted()
                #expect(listed.map(\.key.state.id) == (newestFirst ? ids.reversed() : ids))
                for key in listed {
                    guard let expected = visible.first(where: { $0.id == key.key.state.id }) else { continue }
                    #expect(key.key.name == expected.name && key.key.state.scopes == expected.scopes)
                    #expect(key.key.state.status(at: ledger.time.now) == expected.status(at: ledger.time.now))
                    #expect(key.usage.counts.uses == expected.uses, "\(expected.name)")
                    #expect(key.usage.counts.refusals == expected.refusals, "\(expected.name)")
                    #expect(key.usage.lastUsedAt == expected.lastUsedAt)
                }
            }
        }
    }
}

private struct Model {
    struct Key {
        let id: KeyID
        let account: AccountID
        let environment: String
        let secret: String
        var name: String
        var scopes: [String]
        var expiresAt: Timestamp?
        var isDisabled = false
        var isRevoked = false
        var uses: UInt64 = 0
        var refusals: [RefusalCode: UInt64] = [:]
        var lastUsedAt: Timestamp?

        func status(at now: Timestamp) -> KeyState.Status {
            if isRevoked { return .revoked }
            if let expiresAt, expiresAt <= now { return .expired }
            return isDisabled ? .disabled : .active
        }

        func permits(_ scope: String) -> Bool {
            scopes.contains { $0 == scope || $0 == "*" || ($0.hasSuffix(":*") && scope.hasPrefix($0.dropLast()) && scope != $0.dropLast()) }
        }
    }

    var keys: [Key] = []

    private func refusal(_ index: Int, _ caller: Caller, _ now: Timestamp) -> ServiceError? {
        if !caller.sees(keys[index].account) { return .unknownKey }
        switch keys[index].status(at: now) {
        case .revoked: return .refused(.ended(.revoked))
        case .expired: return .refused(.ended(.expired))
        case .active, .disabled: return nil
        }
    }

    mutating func end(_ index: Int, _ caller: Caller, _ now: Timestamp, isInDoubt: Bool) -> ServiceError? {
        if let refusal = refusal(index, caller, isInDoubt ? Timestamp(microseconds: .min) : now) {
            return refusal == .refused(.ended(.revoked)) || refusal == .refused(.ended(.expired)) ? nil : refusal
        }
        keys[index].isRevoked = true
        return nil
    }

    mutating func disable(_ index: Int, _ caller: Caller, _ now: Timestamp) -> ServiceError? {
        if let refusal = refusal(index, caller, now) { return refusal }
        keys[index].isDisabled = true
        return nil
    }

    mutating func enable(_ index: Int, _ caller: Caller, _ now: Timestamp) -> ServiceError? {
        if let refusal = refusal(index, caller, now) { return refusal }
        keys[index].isDisabled = false
        return nil
    }

    mutating func change(_ index: Int, _ change: KeyChange, _ caller: Caller, _ now: Timestamp) -> ServiceError? {
        if let refusal = refusal(index, caller, now) { return refusal }
        if let name = change.name { keys[index].name = name }
        if let scopes = change.scopes { keys[index].scopes = scopes }
        if let expiry = change.expiry { keys[index].expiresAt = expiry.date }
        return nil
    }

    mutating func use(_ index: Int, _ accessCheck: AccessCheck, _ now: Timestamp, isDryRun: Bool) -> VerdictCode {
        let key = keys[index]
        if let account = accessCheck.account, account != key.account { return .notFound }
        let code: VerdictCode =
            if let environment = accessCheck.environment, environment != key.environment {
                .notFound
            } else {
                switch key.status(at: now) {
                case .revoked: .revoked
                case .expired: .expired
                case .disabled: .disabled
                case .active: accessCheck.scopes.allSatisfy(key.permits) ? .valid : .insufficientScope
                }
            }
        if isDryRun { return code }
        if let refusal = code.refusal {
            keys[index].refusals[refusal, default: 0] += 1
        } else {
            keys[index].uses += 1
            // A use that is not recorded yet may have been decided by a clock that was ahead of this one.
            keys[index].lastUsedAt = max(keys[index].lastUsedAt ?? now, now)
        }
        return code
    }
}
