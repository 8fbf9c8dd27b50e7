import Bytes
import KeyEvents
import TestSupport
import Testing
import Validation

@testable import Ledger

/// A ledger's life with everything that changes what a key may do, and everything that is recorded of its use: by several callers
/// at once, under a clock that is set back and forth.
struct RandomLife {
    struct Key: Sendable {
        let id: KeyID
        var secrets: [String]
    }

    /// A verdict as it was given, for holding it against the past.
    struct Given: Sendable {
        let secret: String
        let accessCheck: AccessCheck
        let verdict: Verdict
    }

    private(set) var keys: [Key] = []
    private(set) var given: [Given] = []
    /// The error of the clock in seconds, which is never larger than is accepted.
    private var offset: Int64 = 0

    static let addresses: [String?] = [nil, "192.0.2.7", "198.51.100.1", "2001:db8::1", "nonsense", "192.0.2.8\u{1}"]

    mutating func step(_ ledger: Ledger, _ home: TestHome, _ random: inout SplitMix64) async throws {
        pass(home, &random)
        if keys.count < 3 || random.chance(6) { return try await make(ledger, home, &random) }
        let index = Int.random(in: 0..<keys.count, using: &random)
        let id = keys[index].id
        switch Int.random(in: 0..<24, using: &random) {
        case 0: _ = try? await ledger.commands.revokeKey(id, reason: random.chance(50) ? "leaked" : nil, by: .commandLine)
        case 1, 2: _ = try? await ledger.commands.disableKey(id, by: .commandLine)
        case 3, 4, 5: _ = try? await ledger.commands.enableKey(id, by: .commandLine)
        case 6, 7, 8: await change(id, ledger, home, &random)
        case 9, 10, 11:
            let older: Rotation.OlderRetires = random.pick([.now, .after(.seconds(20)), .after(.seconds(200)), .whenNewerIsUsed])
            if let rotated = try? await ledger.commands.rotateKey(
                id, olderRetires: older, extendsGrace: random.chance(20), by: .commandLine),
                let secret = rotated.secret
            {
                keys[index].secrets.append(secret.reveal())
            }
        case 12: await ledger.maintenance.sweepExpired()
        case 13: ledger.recorder.flush(endedAt: ledger.time.now)
        default: try await present(ledger, home, &random)
        }
        if random.chance(60) { try ask(ledger, &random) }
    }

    private mutating func pass(_ home: TestHome, _ random: inout SplitMix64) {
        if random.chance(40) { home.clock.advance(microseconds: Int64.random(in: 0..<15_000_000, using: &random)) }
        if random.chance(2) {
            let other = Int64.random(in: -30...30, using: &random)
            home.clock.step(seconds: other - offset)
            offset = other
        }
    }

    private mutating func make(_ ledger: Ledger, _ home: TestHome, _ random: inout SplitMix64) async throws {
        let made = try await ledger.commands.createKey(
            CreateKey(
                name: "n\(keys.count)", account: random.pick([.operator, .hotel, .hostel]), environment: random.pick(["live", "test"]),
                scopes: random.pick([[], ["a:read"], ["a:*"], ["*"]]), permissions: random.chance(30) ? [.keysRead] : [],
                metadata: random.chance(30) ? ["a": "b"] : [:], ipAllowlist: Self.allowlist(&random),
                expiresAt: random.chance(30) ? ledger.time.now.adding(seconds: Int64.random(in: 20...400, using: &random)) : nil),
            by: .commandLine)
        keys.append(Key(id: made.outcome.key.state.id, secrets: [try #require(made.secret).reveal()]))
    }

    private static func allowlist(_ random: inout SplitMix64) -> [String] {
        random.pick([[], [], ["192.0.2.0/24"], ["198.51.100.1", "2001:db8::/32"]])
    }

    private func change(_ id: KeyID, _ ledger: Ledger, _ home: TestHome, _ random: inout SplitMix64) async {
        var change = KeyChange()
        if random.chance(40) { change.name = random.pick(["x", "y", "z"]) }
        if random.chance(40) { change.scopes = random.pick([[], ["b:read"], ["a:*"], ["a:read", "b:read"]]) }
        if random.chance(30) { change.expiry = random.chance(40) ? .never : .at(ledger.time.now.adding(seconds: 90)) }
        if random.chance(40) { change.ipAllowlist = Self.allowlist(&random) }
        _ = try? await ledger.commands.changeKey(id, change, by: .commandLine)
    }

    private func question(_ random: inout SplitMix64) -> (secret: String, accessCheck: AccessCheck, address: String?) {
        let address = random.pick(Self.addresses)
        let accessCheck = AccessCheck(
            scopes: random.pick([[], ["a:read"], ["a:read", "b:read"], ["b:read"]]), environment: random.pick([nil, nil, "live", "test"]),
            account: random.pick([nil, nil, nil, .hotel]), address: address.flatMap { IPAddress($0) })
        let key = random.pick(keys)
        return (random.chance(60) ? key.secrets[key.secrets.count - 1] : random.pick(key.secrets), accessCheck, address)
    }

    /// Several at the same time, with a command among them.
    private func present(_ ledger: Ledger, _ home: TestHome, _ random: inout SplitMix64) async throws {
        let questions = (0..<random.pick([1, 1, 3, 8])).map { _ in question(&random) }
        let command = random.chance(30) ? random.pick(keys).id : nil
        let isDisabling = random.chance(50)
        try await withThrowingTaskGroup { group in
            for (number, item) in questions.enumerated() {
                group.addTask {
                    if number % 5 == 4 {
                        _ = try ledger.verifier.authenticateCaller(item.secret, from: item.accessCheck.address)
                        return
                    }
                    let context = UseContext(clientAddress: item.address, method: "GET", path: "/listings?a=1")
                    _ = try await ledger.verifier.verify(
                        item.secret, item.accessCheck, context: context, actor: .key(KeyID(Bytes16(high: 1, low: 1))))
                    home.clock.advance(microseconds: 1000)
                }
            }
            if let command {
                group.addTask {
                    _ =
                        isDisabling
                        ? try? await ledger.commands.disableKey(command, by: .commandLine)
                        : try? await ledger.commands.enableKey(command, by: .commandLine)
                }
            }
            try await group.waitForAll()
        }
    }

    /// A question of which nothing is recorded, kept for later.
    private mutating func ask(_ ledger: Ledger, _ random: inout SplitMix64) throws {
        let item = question(&random)
        let secret = random.chance(5) ? String(item.secret.dropLast()) : item.secret
        given.append(Given(secret: secret, accessCheck: item.accessCheck, verdict: try ledger.verifier.evaluate(secret, item.accessCheck)))
    }
}
