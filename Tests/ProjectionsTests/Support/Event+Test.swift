import Bytes
import KeyEvents

extension Event {
    static func about(_ key: KeyID, _ body: Event.Body) -> Event {
        Event(keyID: key, accountID: .operator, actor: .commandLine, body: body)
    }

    static func creation(of key: KeyID, secret seed: UInt8 = 1, expiresAt: Timestamp? = nil) -> Event {
        about(
            key,
            .created(
                Event.Created(
                    environment: "live", secret: secret(seed), scopes: [], permissions: [], expiresAt: expiresAt)))
    }

    static func use(of key: KeyID, count: UInt64 = 1, at time: Timestamp = Timestamp(seconds: 1_800_000_000)) -> Event {
        about(key, .used(Event.Use(count: count, secretID: 1, decidedAtPosition: 0, decidedAt: time)))
    }

    /// The digest is 32 times `seed`.
    static func secret(_ seed: UInt8, id: UInt32 = 1) -> SecretRecord {
        guard let digest = Digest32([UInt8](repeating: seed, count: 32)) else { preconditionFailure("32 bytes are a digest") }
        return SecretRecord(id: id, digest: digest, hint: "…")
    }
}
