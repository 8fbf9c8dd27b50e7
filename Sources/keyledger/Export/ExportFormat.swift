internal import ArgumentParser
internal import KeyEvents

/// What `log export` can write.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
    case jsonl
    case csv
    case cloudevents

    /// `logID`: of the ledger that the events are in.
    func export(logID: Bytes16) -> any EventExport {
        switch self {
        case .jsonl: JSONLinesExport()
        case .csv: CSVExport()
        case .cloudevents: CloudEventsExport(logID: logID)
        }
    }
}
