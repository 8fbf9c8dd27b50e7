internal import KeyEvents
internal import Synchronization

/// Seals personal fields with a data key, each time under a nonce of its own.
final class Sealer: Sendable {
    private let pools: Mutex<(keys: MessageKeys, nonces: NoncePool)>

    private let clock: LedgerClock

    init(_ randomness: Randomness, _ clock: LedgerClock) {
        pools = Mutex((MessageKeys(randomness), NoncePool(randomness)))
        self.clock = clock
    }

    func seal(_ fields: PersonalFields, _ key: DataKey, for event: Event) throws -> SealedFields {
        let now = clock.coarse()
        let (message, nonce) = pools.withLock { ($0.keys.key(from: key), $0.nonces.draw(at: now)) }
        return try SealedFields.seal(fields, dataKeyID: key.id, key: message, nonce: nonce, for: event)
    }

    /// Forgets everything that was derived from data keys, because one of them was destroyed.
    func forgetKeys() { pools.withLock { $0.keys.forget() } }
}
