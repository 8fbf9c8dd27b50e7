internal import Storage

/// The tables that lists, counts and histories for people need. Rows of figures carry their check (`RowCheck`).
///
/// | table | key | value |
/// |---|---|---|
/// | `usage` | key id | `KeyUsage` |
/// | `hours` | key id ‖ hours since the epoch (4 bytes, big-endian) | `UsageCounts` |
/// | `days` | key id ‖ days since the epoch, UTC (4) | `UsageCounts` |
/// | `history` | key id ‖ first position (8) | `HistoryRow` |
/// | `life` | key id ‖ position (8) | nothing; all events but uses and refusals |
/// | `snapshots` | key id ‖ interval (4) | `KeyUsage` as of the key's last event in that interval; see `UsageSnapshots` |
/// | `changes` | position (8) | key id; the same events in the order of the log |
/// | `rules` | account id ‖ 0 ‖ position (8) | nothing; the changes of the account's rules |
/// | `meta` | `progress` | `ViewProgress` |
/// | | `superseded` | the number of the generation to use instead (8) |
struct ViewTables: Sendable {
    static let compared = ["usage", "hours", "days", "history", "life", "changes", "snapshots", "rules"]
    static let names = compared + ["meta"]

    let usage: Table
    let hours: Table
    let days: Table
    let history: Table
    let lifecycle: Table
    let changes: Table
    let snapshots: Table
    let rules: Table
    let meta: Table

    init(_ environment: Environment) {
        usage = environment.table("usage")
        hours = environment.table("hours")
        days = environment.table("days")
        history = environment.table("history")
        lifecycle = environment.table("life")
        changes = environment.table("changes")
        snapshots = environment.table("snapshots")
        rules = environment.table("rules")
        meta = environment.table("meta")
    }
}
