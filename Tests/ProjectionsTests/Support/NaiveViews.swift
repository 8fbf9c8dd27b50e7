import Bytes
import EventLog
import KeyEvents
import TestSupport

/// What the views hold, by the plainest fold of the log there is, in bytes of this file's own.
struct NaiveViews {
    private var usage: [KeyID: Usage] = [:]
    private var hours: [Bucket: Counts] = [:]
    private var days: [Bucket: Counts] = [:]
    private var histories: [KeyID: [UInt64]] = [:]
    private var changes: [(position: UInt64, key: KeyID)] = []
    private var snapshots: [Interval: [UInt8]] = [:]
    private var rules: [(account: AccountID, position: UInt64)] = []

    private struct Bucket: Hashable {
        let key: KeyID
        let number: Int64
    }

    private struct Interval: Hashable {
        let key: KeyID
        let number: UInt64
    }

    private struct Counts {
        var uses: UInt64 = 0
        var refusals: [UInt8: UInt64] = [:]

        mutating func add(_ count: UInt64, _ code: RefusalCode?) {
            if let code { refusals[code.rawValue, default: 0] += count } else { uses += count }
        }

        var bytes: [UInt8] { big(uses) + refusals.sorted { $0.key < $1.key }.flatMap { [$0.key] + big($0.value) } }
    }

    private struct Usage {
        var first = Int64.min
        var last = Int64.min
        var lastRefused = Int64.min
        var counts = Counts()
        var secrets: [UInt32: Int64] = [:]

        /// The newest eighteen.
        var secretBytes: [UInt8] {
            let newest = secrets.sorted { $0.key < $1.key }.suffix(18)
            return [UInt8(newest.count)] + newest.flatMap { big($0.key) + big(UInt64(bitPattern: $0.value)) }
        }
    }

    /// `snapshotBits`: an interval holds two to the power of it positions.
    init(_ log: [(position: UInt64, event: Event)], snapshotBits: Int = 19) {
        for (position, event) in log {
            let key = event.keyID
            if key == .none {
                if case .accountChanged = event.body { rules.append((event.accountID, position)) }
                continue
            }
            if let last = histories[key]?.last, last >> UInt64(snapshotBits) != position >> UInt64(snapshotBits) {
                snapshots[Interval(key: key, number: last >> UInt64(snapshotBits))] = row(of: key)
            }
            histories[key, default: []].append(position)
            var usage = usage[key] ?? Usage()
            switch event.body {
            case .used(let use):
                let first = (use.firstAt ?? use.decidedAt).microseconds
                usage.first = usage.first == .min ? first : min(usage.first, first)
                usage.last = max(usage.last, use.decidedAt.microseconds)
                usage.secrets[use.secretID] = max(usage.secrets[use.secretID] ?? .min, use.decidedAt.microseconds)
                count(use, nil, key, event.recordedAt, &usage)
            case .refused(let use, let code):
                usage.lastRefused = max(usage.lastRefused, use.decidedAt.microseconds)
                count(use, code, key, event.recordedAt, &usage)
            default:
                changes.append((position, key))
            }
            self.usage[key] = usage
        }
    }

    private mutating func count(_ use: Event.Use, _ code: RefusalCode?, _ key: KeyID, _ recordedAt: Timestamp, _ usage: inout Usage) {
        usage.counts.add(use.count, code)
        let second = recordedAt.microseconds / 1_000_000
        hours[Bucket(key: key, number: second / 3600), default: Counts()].add(use.count, code)
        days[Bucket(key: key, number: second / 86_400), default: Counts()].add(use.count, code)
    }

    /// A key's row in `usage`, as far as the log was read.
    private func row(of key: KeyID) -> [UInt8] {
        let history = histories[key] ?? []
        let lastRow = history.count % 128 == 0 ? 128 : history.count % 128
        let usage = usage[key] ?? Usage()
        let times = [usage.first, usage.last, usage.lastRefused].flatMap { big(UInt64(bitPattern: $0)) }
        let end =
            big(UInt64(history.count)) + big(history[history.count - lastRow]) + big(UInt32(lastRow)) + big(history[history.count - 1])
        return times + end + usage.secretBytes + usage.counts.bytes
    }

    /// The rows of all tables, as a dump would list them.
    var tables: [String: [TableRow]] {
        var rows: [String: [TableRow]] = ["usage": [], "hours": [], "days": [], "history": []]
        for (key, history) in histories {
            let pieces = stride(from: 0, to: history.count, by: 128).map { Array(history[$0..<min($0 + 128, history.count)]) }
            for piece in pieces {
                let distances = piece.flatMap { big(UInt32($0 - piece[0])) }
                rows["history"]?.append(TableRow(key: key.raw.bytes + big(piece[0]), value: distances))
            }
            rows["usage"]?.append(TableRow(key: key.raw.bytes, value: row(of: key)))
        }
        rows["snapshots"] = snapshots.map { TableRow(key: $0.key.key.raw.bytes + big(UInt32($0.key.number)), value: $0.value) }
        for (bucket, counts) in hours {
            rows["hours"]?.append(TableRow(key: bucket.key.raw.bytes + big(UInt32(bucket.number)), value: counts.bytes))
        }
        for (bucket, counts) in days {
            rows["days"]?.append(TableRow(key: bucket.key.raw.bytes + big(UInt32(bucket.number)), value: counts.bytes))
        }
        rows["life"] = changes.map { TableRow(key: $0.key.raw.bytes + big($0.position), value: []) }
        rows["rules"] = rules.map { TableRow(key: Array($0.account.description.utf8) + [0] + big($0.position), value: []) }
        rows["changes"] = changes.map { TableRow(key: big($0.position), value: $0.key.raw.bytes) }
        // Rows of figures carry their check.
        for name in ["usage", "hours", "days", "snapshots"] {
            rows[name] = rows[name]?.map { TableRow(key: $0.key, value: $0.value + big(crc32($0.key + $0.value))) }
        }
        return rows.mapValues { $0.sorted { $0.key.lexicographicallyPrecedes($1.key) } }
    }
}

/// CRC-32 as zlib has it, bit by bit.
private func crc32(_ bytes: [UInt8]) -> UInt32 {
    var register = UInt32.max
    for byte in bytes {
        register ^= UInt32(byte)
        for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~register
}

private func big(_ number: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (number.bitWidth - 8 - $0 * 8)) }
}
