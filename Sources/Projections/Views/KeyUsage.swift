internal import Bytes
internal import EventLog
public import KeyEvents
internal import Storage

/// The use of one key so far, by the log, and where the key's history ends.
public struct KeyUsage: Equatable, Sendable {
    /// The numbers of accepted and refused presentations.
    public var counts = UsageCounts()
    /// The time of the first accepted presentation; `nil` where there was none.
    public var firstUsedAt: Timestamp?
    /// The time of the last accepted presentation; `nil` where there was none.
    public var lastUsedAt: Timestamp?
    /// The time of the last refused presentation; `nil` where there was none.
    public var lastRefusedAt: Timestamp?
    /// When each secret was last accepted, by the number of the secret, for the newest `maxSecrets` that were.
    public var secretUses: [UInt32: Timestamp] = [:]
    /// The number of all events of the key.
    public var events: UInt64 = 0
    /// The first position of the newest row in `history`, which identifies the row.
    var historyRow: UInt64 = 0
    /// The number of positions in that row.
    var historyRowCount: UInt32 = 0
    /// The position of the key's newest event.
    public internal(set) var lastPosition: UInt64 = 0

    /// Creates the usage of a key without events.
    public init() {}

    static let maxSecrets = KeyState.maxRetiredSecrets + 2

    /// Adds an event of the key.
    mutating func addEvent(at position: UInt64) {
        events = events.saturatingAdding(1)
        lastPosition = position
    }

    /// Adds the presentations of a `KeyUsed` or `KeyRefused` record.
    ///
    /// - Parameters:
    ///   - count: The number of presentations.
    ///   - code: The reason why they were refused; `nil` for accepted ones.
    ///   - secret: The number of the presented secret.
    ///   - first: The time of the first presentation.
    ///   - last: The time of the last presentation.
    mutating func addUses(
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

    /// Adds a record of the key.
    ///
    /// - Parameters:
    ///   - use: The presentations that the record counts; `nil` where it counts none.
    ///   - position: The position of the record.
    mutating func add(_ use: UseSummary?, at position: UInt64) {
        addEvent(at: position)
        if let use { addUses(use.count, use.code, of: use.secretID, from: use.firstAt, to: use.decidedAt) }
    }

    /// Returns what was added to an earlier usage: the counts of the records between, and the times as they are now.
    ///
    /// - Parameter earlier: The usage that a prefix of the same records gave.
    /// - Returns: The usage since then.
    public func since(_ earlier: KeyUsage) -> KeyUsage {
        var usage = self
        usage.counts = counts.since(earlier.counts)
        usage.events = events - min(events, earlier.events)
        return usage
    }

    private mutating func addUse(of secret: UInt32, at time: Timestamp) {
        if let known = secretUses[secret], known >= time { return }
        secretUses[secret] = time
        if secretUses.count > Self.maxSecrets, let oldest = secretUses.keys.min() { secretUses[oldest] = nil }
    }

    /// Encodes the usage: first, last, last refused (8 bytes each, microseconds; −2⁶³: never) ‖ events (8) ‖ history row (8) ‖
    /// its count (4) ‖ last position (8) ‖ number of secrets (1) ‖ for each, in ascending order, its number (4) and last use (8)
    /// ‖ `UsageCounts`; big-endian.
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

    /// Returns two figures of a row of `usage` without allocating, for a scan of all rows; `nil` where the row is damaged.
    static func uses(_ row: Span<UInt8>, key: Span<UInt8>) -> (uses: UInt64, lastUsedAt: Timestamp?)? {
        guard let bytes = RowCheck.value(row, key: key), let start = countsOffset(bytes), bytes.count >= start + 8 else { return nil }
        return (bytes.bigEndian(at: start), decode(bytes.bigEndian(at: 8)))
    }

    /// The length up to and including the number of secrets.
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
