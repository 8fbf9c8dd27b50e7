internal import KeyEvents

/// Nonces that were drawn and not used yet. Nonces are no secrets; to draw each alone takes as long as half of sealing. The pool is thrown
/// away after a while: a machine that is copied while it runs would use the same nonces twice.
struct NoncePool {
    private static let drawnAtOnce = 20
    /// In milliseconds.
    private static let maxAge: Int64 = 100

    private let randomness: Randomness
    /// The nonces, one behind the other.
    private var bytes: [UInt8] = []
    /// When the pool is thrown away, in milliseconds.
    private var expiry: Int64 = 0

    init(_ randomness: Randomness) { self.randomness = randomness }

    /// Returns a nonce, and never the same one again. `now`: in milliseconds.
    mutating func draw(at now: Int64) -> [UInt8] {
        if bytes.isEmpty || expiry <= now {
            bytes = randomness.bytes(Self.drawnAtOnce * SealedFields.nonceBytes)
            expiry = now + Self.maxAge
        }
        defer { bytes.removeLast(SealedFields.nonceBytes) }
        return Array(bytes.suffix(SealedFields.nonceBytes))
    }
}
