/// Bytes from the system's cryptographic generator, or from a seed in tests.
public struct Randomness: Sendable {
    public let byte: @Sendable () -> UInt8

    public init(byte: @escaping @Sendable () -> UInt8) { self.byte = byte }

    public static let system = Randomness {
        var generator = SystemRandomNumberGenerator()
        return UInt8.random(in: .min ... .max, using: &generator)
    }

    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }

    func word() -> UInt64 { bytes(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
