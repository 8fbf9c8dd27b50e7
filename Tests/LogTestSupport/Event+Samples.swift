internal import Bytes
package import KeyEvents
package import TestSupport

extension Event {
    package init(_ key: UInt64, _ body: Body, sealedBytes: Int? = nil) {
        self.init(
            keyID: KeyID(Bytes16(high: 7, low: key)), accountID: .operator, actor: .commandLine,
            sealed: sealedBytes.map {
                SealedFields(dataKeyID: Bytes16(high: 1, low: 2), ciphertext: Array(repeating: UInt8(truncatingIfNeeded: key), count: $0))
            },
            body: body)
    }

    package static func created(_ key: UInt64, expiresAt: Timestamp? = nil) -> Event {
        let secret = SecretRecord(id: 1, digest: .sample(key), hint: "lhql_live_…abcd")
        return Event(
            key, .created(Created(environment: "live", secret: secret, scopes: ["listings:read"], permissions: [], expiresAt: expiresAt)))
    }

    package static func used(_ key: UInt64, decidedAt position: UInt64 = 0) -> Event {
        Event(key, .used(Use(secretID: 1, decidedAtPosition: position, decidedAt: Timestamp(seconds: 1))))
    }

    package static func revoked(_ key: UInt64) -> Event { Event(key, .revoked(reasonCode: "test")) }

    package static func uses(_ count: Int, of key: UInt64 = 1, decidedAt position: UInt64 = 0) -> [Event] {
        Array(repeating: used(key, decidedAt: position), count: count)
    }
}

extension SplitMix64 {
    /// Returns random events of a few keys, of all sizes up to some 2,000 bytes.
    package mutating func events(_ count: Int) -> [Event] {
        (0..<count).map { _ in
            let key = UInt64(number(below: 20))
            return switch number(below: 4) {
            case 0: Event.created(key)
            case 1: Event(key, .disabled, sealedBytes: number(below: 2_000))
            default: Event.used(key)
            }
        }
    }
}
