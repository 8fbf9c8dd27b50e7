internal import LMDB

/// What lists, counts and histories for people need.
///
/// | table | key | value |
/// |---|---|---|
/// | `usage` | key id | `KeyUsage` |
/// | `hours` | key id ‖ hours since the epoch (4 bytes, big-endian) | `UsageCounts` |
/// | `days` | key id ‖ days since the epoch, UTC (4) | `UsageCounts` |
/// | `history` | key id ‖ first position (8) | `HistoryRow` |
/// | `life` | key id ‖ position (8) | nothing; all events but uses and refusals |
/// | `changes` | position (8) | key id; the same events in the order of the log |
/// | `meta` | `progress` | `ViewProgress` |
/// | | `superseded` | the number of the generation to use instead (8) |
struct ViewTables: Sendable {
    static let compared = ["usage", "hours", "days", "history", "life", "changes"]
    static let names = compared + ["meta"]

    let usage: Table
    let hours: Table
    let days: Table
    let history: Table
    let life: Table
    let changes: Table
    let meta: Table

    init(_ environment: Environment) {
        usage = environment.table("usage")
        hours = environment.table("hours")
        days = environment.table("days")
        history = environment.table("history")
        life = environment.table("life")
        changes = environment.table("changes")
        meta = environment.table("meta")
    }
}

/// The positions of one key's events, at most 128 a row: each as its distance (4 bytes, big-endian) from the row's first.
/// Where a row ends follows from the log alone, not from how it was read.
enum HistoryRow {
    static let places: UInt32 = 128

    static func hasRoom(_ usage: KeyUsage, for position: UInt64) -> Bool {
        usage.historyRowCount > 0 && usage.historyRowCount < places && position - usage.historyRow <= UInt64(UInt32.max)
    }

    static func positions(_ value: borrowing Span<UInt8>, first: UInt64) -> [UInt64] {
        (0..<value.count / 4).map { place in
            var distance: UInt64 = 0
            for index in place * 4..<place * 4 + 4 { distance = distance << 8 | UInt64(value[index]) }
            return first + distance
        }
    }
}
