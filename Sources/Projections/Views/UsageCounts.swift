internal import Bytes
internal import EventLog
public import KeyEvents
internal import Storage

/// The numbers of a key's accepted and refused presentations, in total or within an hour or a day.
public struct UsageCounts: Equatable, Sendable {
    /// The number of accepted presentations.
    public var uses: UInt64 = 0
    /// The numbers of refused presentations by the reason.
    public var refusals: [RefusalCode: UInt64] = [:]

    /// Creates counts of zero.
    public init() {}

    /// The number of all refused presentations.
    public var refused: UInt64 { refusals.values.reduce(0) { $0.saturatingAdding($1) } }

    /// Adds other counts to these.
    public mutating func add(_ other: UsageCounts) {
        uses = uses.saturatingAdding(other.uses)
        refusals.merge(other.refusals) { $0.saturatingAdding($1) }
    }

    /// Adds presentations.
    ///
    /// - Parameters:
    ///   - count: The number of presentations.
    ///   - code: The reason why they were refused; `nil` for accepted ones.
    mutating func add(_ count: UInt64, _ code: RefusalCode?) {
        if let code {
            refusals[code] = refusals[code, default: 0].saturatingAdding(count)
        } else {
            uses = uses.saturatingAdding(count)
        }
    }

    /// Returns what was added to `earlier`.
    func since(_ earlier: UsageCounts) -> UsageCounts {
        var counts = UsageCounts()
        // The earlier count may be the larger one in damaged rows.
        counts.uses = uses - min(uses, earlier.uses)
        for (code, count) in refusals where count > earlier.refusals[code, default: 0] {
            counts.refusals[code] = count - earlier.refusals[code, default: 0]
        }
        return counts
    }

    /// Encodes the counts: uses (8 bytes, big-endian), then for each refusal code that occurred, in ascending order, code (1) ‖
    /// count (8).
    func encode() -> [UInt8] {
        var bytes = uses.bigEndianBytes
        for (code, count) in refusals.sorted(by: { $0.key < $1.key }) { bytes += [code.rawValue] + count.bigEndianBytes }
        return bytes
    }

    /// Reads a row of `hours` or `days`. A damaged row does not count as absent, since it would be replaced by smaller counts.
    static func stored(_ row: Span<UInt8>, key: Span<UInt8>) throws -> UsageCounts {
        guard let value = RowCheck.value(row, key: key), let counts = UsageCounts(value) else {
            throw LogError.derivedDamaged(what: "an hour or day of usage")
        }
        return counts
    }

    init?(_ bytes: borrowing Span<UInt8>) {
        guard bytes.count >= 8, bytes.count % 9 == 8 else { return nil }
        uses = bytes.bigEndian()
        var offset = 8
        while offset < bytes.count {
            guard let code = RefusalCode(rawValue: bytes[offset]) else { return nil }
            refusals[code] = bytes.bigEndian(at: offset + 1)
            offset += 9
        }
    }
}
