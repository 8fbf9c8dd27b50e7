/// Bits from the system's cryptographic generator, or from a seed in tests.
public struct Randomness: Sendable {
    public static let system = Randomness {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }

    private let generate: @Sendable () -> UInt64

    /// `generate` gives 64 uniform bits.
    public init(_ generate: @escaping @Sendable () -> UInt64) { self.generate = generate }

    func word() -> UInt64 { generate() }

    func byte() -> UInt8 { UInt8(truncatingIfNeeded: word()) }

    /// Eight from each word: the system is asked once a word.
    func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let word = word()
            for shift in 0..<min(8, count - bytes.count) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
        }
        return bytes
    }
}
