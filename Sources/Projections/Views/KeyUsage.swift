internal import Bytes
internal import EventLog
public import KeyEvents
internal import Storage

/// What the log says of one key's use so far, and where its history ends.
public struct KeyUsage: Equatable, Sendable {
    public var counts = UsageCounts()
    public var firstUsedAt: Timestamp?
    public var lastUsedAt: Timestamp?
    public var lastRefusedAt: Timestamp?
    /// When each secret was last accepted; of the newest `mostSecrets` that were.
    public var secretUses: [UInt32: Timestamp] = [:]
    /// All events of the key.
    public var events: UInt64 = 0
    /// The first position of the newest row in `history`, and how many positions that row holds.
    var historyRow: UInt64 = 0
    var historyRowCount: UInt32 = 0
    /// Of the key's newest event.
    public internal(set) var lastPosition: UInt64 = 0

    public init() {}

    static let mostSecrets = KeyState.mostRetired + 2

    /// One more event of the key.
    mutating func addEvent(at position: UInt64) {
        events = events.saturatingAdding(1)
        lastPosition = position
    }

    /// What a `KeyUsed` (`code` is `nil`) or `KeyRefused` says; `first` and `last`: when the presentations it stands for were.
    mutating func addPresentations(
        _ count: UInt64, _ code: RefusalCode?, of secret: UInt32, from first: Timestamp, to last: Timestamp
    ) {
        counts.add(count, code)
        if code != nil {
            lastRefusedAt = max(lastRefusedAt ?? last, last)
        } else {
            firstUsedAt = min(firstUsedAt ?? first, first)
            lastUsedAt = max(lastUsedAt ?? last, last)
            addUse(of: secret, at: last)
        }
    }

    /// One more record of the key; `use`: what it says of a presentation.
    mutating func add(_ use: UseSummary?, at position: UInt64) {
        addEvent(at: position)
        if let use { addPresentations(use.count, use.code, of: use.secretID, from: use.firstAt, to: use.decidedAt) }
    }

    /// What came after `earlier`, which a prefix of the same records gave: the counts of the records between; the times as they are.
    public func since(_ earlier: KeyUsage) -> KeyUsage {
        var usage = self
        usage.counts = counts.since(earlier.counts)
        usage.events = events - min(events, earlier.events)
        return usage
    }

    private mutating func addUse(of secret: UInt32, at time: Timestamp) {
        if let known = secretUses[secret], known >= time { return }
        secretUses[secret] = time
        if secretUses.count > Self.mostSecrets, let oldest = secretUses.keys.min() { secretUses[oldest] = nil }
    }

    /// first, last, last refused (8 bytes each, microseconds; −2⁶³: never) ‖ events (8) ‖ history row (8) ‖ its count (4) ‖
    /// last position (8) ‖ number of secrets (1) ‖ for each, in ascending order, its number (4) and last use (8) ‖ `UsageCounts`; big-endian
    func encode() -> [UInt8] {
        let secrets = secretUses.sorted { $0.key < $1.key }.flatMap { $0.key.bigEndianBytes + Self.encode($0.value) }
        return encodeFixed() + [UInt8(secretUses.count)] + secrets + counts.encode()
    }

    private func encodeFixed() -> [UInt8] {
        Self.encode(firstUsedAt) + Self.encode(lastUsedAt) + Self.encode(lastRefusedAt) + events.bigEndianBytes
            + historyRow.bigEndianBytes + historyRowCount.bigEndianBytes + lastPosition.bigEndianBytes
    }

    init?(_ bytes: borrowing Span<UInt8>) {
        guard let start = Self.countsOffset(bytes), let counts = UsageCounts(bytes.extracting(start..<bytes.count)) else { return nil }
        for offset in stride(from: Self.fixedBytes, to: start, by: 12) {
            secretUses[bytes.bigEndian(at: offset, as: UInt32.self)] = Self.decode(bytes.bigEndian(at: offset + 4))
        }
        self.counts = counts
        firstUsedAt = Self.decode(bytes.bigEndian(at: 0))
        lastUsedAt = Self.decode(bytes.bigEndian(at: 8))
        lastRefusedAt = Self.decode(bytes.bigEndian(at: 16))
        events = bytes.bigEndian(at: 24)
        historyRow = bytes.bigEndian(at: 32)
        historyRowCount = bytes.bigEndian(at: 40, as: UInt32.self)
        lastPosition = bytes.bigEndian(at: 44)
    }

    /// Two figures of a row of `usage`, for going through all rows: nothing is allocated.
    static func uses(_ row: Span<UInt8>, key: Span<UInt8>) -> (uses: UInt64, lastUsedAt: Timestamp?)? {
        guard let bytes = RowCheck.value(row, key: key), let start = countsOffset(bytes), bytes.count >= start + 8 else { return nil }
        return (bytes.bigEndian(at: start), decode(bytes.bigEndian(at: 8)))
    }

    /// Up to and with the number of secrets.
    private static let fixedBytes = 53

    private static func countsOffset(_ bytes: borrowing Span<UInt8>) -> Int? {
        guard bytes.count >= fixedBytes else { return nil }
        let start = fixedBytes + 12 * Int(bytes[fixedBytes - 1])
        return start <= bytes.count ? start : nil
    }

    static func stored(
        _ key: KeyID, _ tables: ViewTables, _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> KeyUsage? {
        let id = key.raw.bytes
        guard let stored = try transaction.get(id.span, in: tables.usage) else { return nil }
        guard let value = RowCheck.value(stored, key: id.span), let usage = KeyUsage(value) else {
            throw LogError.derivedDamaged(what: "the usage of \(key)")
        }
        return usage
    }

    private static func encode(_ time: Timestamp?) -> [UInt8] { UInt64(bitPattern: time?.microseconds ?? .min).bigEndianBytes }

    private static func decode(_ number: UInt64) -> Timestamp? {
        let microseconds = Int64(bitPattern: number)
        return microseconds == .min ? nil : Timestamp(microseconds: microseconds)
    }
}
