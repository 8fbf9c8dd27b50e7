internal import EventLog
public import KeyEvents
internal import LMDB

/// What the log says of one key's use so far, and where its history ends.
public struct KeyUsage: Equatable, Sendable {
    public var counts = UsageCounts()
    public var firstUsedAt: Timestamp?
    public var lastUsedAt: Timestamp?
    public var lastRefusedAt: Timestamp?
    /// All events of the key.
    public var events: UInt64 = 0
    /// The first position of the newest row in `history`, and how many positions that row holds.
    var historyRow: UInt64 = 0
    var historyRowCount: UInt32 = 0

    public init() {}

    /// first, last, last refused (8 bytes each, microseconds; −2⁶³: never) ‖ events (8) ‖ history row (8) ‖ its count (4) ‖
    /// `UsageCounts`; big-endian
    func encode() -> [UInt8] {
        Self.encode(firstUsedAt) + Self.encode(lastUsedAt) + Self.encode(lastRefusedAt) + events.bigEndianBytes
            + historyRow.bigEndianBytes + historyRowCount.bigEndianBytes + counts.encode()
    }

    init?(_ bytes: borrowing Span<UInt8>) {
        guard bytes.count >= 44, let counts = UsageCounts(bytes.extracting(44..<bytes.count)) else { return nil }
        self.counts = counts
        firstUsedAt = Self.decode(bytes.bigEndian(at: 0))
        lastUsedAt = Self.decode(bytes.bigEndian(at: 8))
        lastRefusedAt = Self.decode(bytes.bigEndian(at: 16))
        events = bytes.bigEndian(at: 24)
        historyRow = bytes.bigEndian(at: 32)
        historyRowCount = UInt32(truncatingIfNeeded: bytes.bigEndian(at: 36))
    }

    /// Two figures of an encoded row, for going through all rows: nothing is allocated.
    static func uses(_ bytes: borrowing Span<UInt8>) -> (uses: UInt64, lastUsedAt: Timestamp?)? {
        guard bytes.count >= 52 else { return nil }
        return (bytes.bigEndian(at: 44), decode(bytes.bigEndian(at: 8)))
    }

    static func stored(
        _ key: KeyID, _ tables: ViewTables, _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> KeyUsage? {
        guard let bytes = try transaction.get(key.raw.bytes.span, in: tables.usage) else { return nil }
        guard let usage = KeyUsage(bytes) else { throw LogError.derivedDamaged(what: "the usage of \(key)") }
        return usage
    }

    private static func encode(_ time: Timestamp?) -> [UInt8] { UInt64(bitPattern: time?.microseconds ?? .min).bigEndianBytes }

    private static func decode(_ number: UInt64) -> Timestamp? {
        let microseconds = Int64(bitPattern: number)
        return microseconds == .min ? nil : Timestamp(microseconds: microseconds)
    }
}
