internal import ArgumentParser
internal import Bytes
internal import KeyEvents

/// What `log export` can write.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
    /// Records, checkpoints and proofs; see `BundleLine`.
    case bundle
    case jsonl
    case csv
    case cloudevents

    /// `logID`: of the ledger that the events are in. `nil`: records go out as they are, not as text.
    func export(logID: Bytes16) -> (any EventExport)? {
        switch self {
        case .bundle: nil
        case .jsonl: JSONLinesExport()
        case .csv: CSVExport()
        case .cloudevents: CloudEventsExport(logID: logID)
        }
    }
}
