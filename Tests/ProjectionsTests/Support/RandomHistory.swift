import Bytes
import KeyEvents
import TestSupport

/// Events as a ledger would record them, of many keys in every state, with uses in any order and amount.
struct RandomHistory {
    private(set) var keys: [KeyID] = []
    private var ended: Set<KeyID> = []
    private var accounts: [KeyID: AccountID] = [:]
    private var position: UInt64 = 0
    private let start = Timestamp(seconds: 1_800_000_000)

    mutating func events(_ count: Int, _ random: inout SplitMix64) -> [Event] { (0..<count).map { _ in event(&random) } }

    private mutating func event(_ random: inout SplitMix64) -> Event {
        defer { position += 1 }
        if keys.isEmpty || random.chance(keys.count < 20 ? 10 : 1) { return create(&random) }
        // Some keys are used much more than others, so that their histories fill rows.
        let key = random.chance(50) ? keys[0] : random.pick(keys)
        let account = accounts[key] ?? .operator
        func event(_ body: Event.Body, sealed: SealedFields? = nil) -> Event {
            Event(keyID: key, accountID: account, actor: .commandLine, sealed: sealed, body: body)
        }
        if random.chance(88) || ended.contains(key) {
            let use = use(&random)
            return random.chance(80) ? event(.used(use)) : event(.refused(use, random.pick(RefusalCode.allCases)))
        }
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return event(.disabled)
        case 1: return event(.enabled)
        case 2, 3:
            ended.insert(key)
            return event(random.chance(50) ? .revoked(reasonCode: "unspecified") : .expired)
        case 4:
            let older: SecretRetirement? = random.chance(40) ? nil : random.chance(50) ? .whenNewerIsUsed : .at(time(&random))
            return event(.secretAdded(secret(&random, id: 2), olderRetire: older))
        case 5: return event(.secretRetired(secretID: 1))
        case 6: return event(.unknown(field: 99)).withUnknownBody()
        default:
            let changed = Event.Changed(
                scopes: random.chance(50) ? [random.pick(["a:read", "b:*", "*"])] : nil,
                permissions: random.chance(30) ? [random.pick(Permission.allCases)] : nil,
                expiry: random.chance(50) ? (random.chance(50) ? .never : .at(time(&random))) : nil, replacesName: random.chance(50),
                replacesMetadata: random.chance(50), restrictsAddresses: random.chance(30) ? random.chance(50) : nil)
            return event(.changed(changed), sealed: sealed(&random))
        }
    }

    private mutating func create(_ random: inout SplitMix64) -> Event {
        let key = KeyID(Bytes16(high: UInt64(keys.count) << 32 | random.next() >> 40, low: random.next()))
        let account = random.pick([AccountID.operator, AccountID(trusted: "a"), AccountID(trusted: "ab"), AccountID(trusted: "b")])
        keys.append(key)
        accounts[key] = account
        let created = Event.Created(
            environment: random.pick(["live", "test"]), secret: secret(&random, id: 1), scopes: random.chance(50) ? ["a:read", "b:*"] : [],
            permissions: random.chance(30) ? [.keysRead] : [], expiresAt: random.chance(40) ? time(&random) : nil)
        return Event(keyID: key, accountID: account, actor: .commandLine, sealed: sealed(&random), body: .created(created))
    }

    private func use(_ random: inout SplitMix64) -> Event.Use {
        let last = time(&random)
        let count = random.chance(80) ? 1 : UInt64.random(in: 2...500, using: &random)
        let first = Timestamp(microseconds: last.microseconds - Int64.random(in: 0...90_000_000, using: &random))
        return Event.Use(
            count: count, secretID: 1, decidedAtPosition: position == 0 ? 0 : position - 1, decidedAt: last,
            firstAt: count == 1 ? nil : first, isInternal: random.chance(10))
    }

    /// Within ten days, in any order: buffers and several processes mix them.
    private func time(_ random: inout SplitMix64) -> Timestamp {
        Timestamp(microseconds: start.microseconds + Int64.random(in: 0..<864_000_000_000, using: &random))
    }

    private func secret(_ random: inout SplitMix64, id: UInt32) -> SecretRecord {
        let words = (0..<4).map { _ in random.next() }
        guard let digest = Digest32(words.flatMap(\.bigEndianBytes)) else { preconditionFailure("32 bytes are a digest") }
        return SecretRecord(id: id, digest: digest, hint: "lhql_live_…abcd")
    }

    private func sealed(_ random: inout SplitMix64) -> SealedFields? {
        guard random.chance(70) else { return nil }
        return SealedFields(
            dataKeyID: Bytes16(high: 1, low: 1), ciphertext: random.next().bigEndianBytes + random.next().bigEndianBytes)
    }
}

extension Event {
    /// A body of a newer version: field 99, an empty message.
    fileprivate func withUnknownBody() -> Event {
        var event = self
        event.unknownFields = [0x9A, 0x06, 0x00]
        return event
    }
}
