package import Bytes
internal import Glibc
internal import KeyEvents

/// Random bits from the system's cryptographic generator, or from a seed in tests.
public struct Randomness: Sendable {
    /// The system's cryptographic generator.
    public static let system = Randomness(fill: systemBytes)

    private let fill: @Sendable (Int) -> [UInt8]

    private init(fill: @escaping @Sendable (Int) -> [UInt8]) { self.fill = fill }

    /// Makes a source of random bits.
    ///
    /// - Parameter generate: gives 64 uniform bits at each call.
    public init(_ generate: @escaping @Sendable () -> UInt64) {
        fill = { count in
            var bytes: [UInt8] = []
            while bytes.count < count {
                let word = generate()
                for shift in 0..<min(8, count - bytes.count) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
            }
            return bytes
        }
    }

    package func word() -> UInt64 { bytes(8).span.bigEndian() }

    func byte() -> UInt8 { bytes(1)[0] }

    func bytes(_ count: Int) -> [UInt8] { fill(count) }

    /// Draws bytes in calls to the system of at most 256 bytes, its maximum.
    private static func systemBytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var piece = [UInt8](repeating: 0, count: min(256, count - bytes.count))
            guard unsafe getentropy(&piece, piece.count) == 0 else { preconditionFailure("the system gives no random bytes") }
            bytes += piece
        }
        return bytes
    }
}

extension Randomness {
    /// A new id for a log.
    package func logID() -> Bytes16 { Bytes16(high: word(), low: word()) }
}
