internal import KeyEvents

/// Nonces that were drawn and not used yet. Nonces are no secrets; drawing each one alone takes half as long as sealing. The pool is
/// discarded after a while: a machine that is copied while it runs would use the same nonces twice.
struct NoncePool {
    private static let drawnAtOnce = 20
    private static let maxAge = Duration.milliseconds(100)

    private let randomness: Randomness
    /// The nonces, concatenated.
    private var bytes: [UInt8] = []
    /// When the pool is thrown away.
    private var expiry = MonotonicInstant.earliest

    init(_ randomness: Randomness) { self.randomness = randomness }

    /// Returns a nonce, and never the same one again.
    mutating func draw(at now: MonotonicInstant) -> [UInt8] {
        if bytes.isEmpty || expiry <= now {
            bytes = randomness.bytes(Self.drawnAtOnce * SealedFields.nonceBytes)
            expiry = now + Self.maxAge
        }
        defer { bytes.removeLast(SealedFields.nonceBytes) }
        return Array(bytes.suffix(SealedFields.nonceBytes))
    }
}
