internal import ArgumentParser
internal import Bytes
internal import KeyEvents

/// The formats of `log export`.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
    /// The records, checkpoints and proofs; see `BundleLine`.
    case bundle
    case jsonl
    case csv
    case cloudevents

    /// Returns the encoder of a text format; `nil` when records are exported as they are. `logID` identifies the log that
    /// contains the events.
    func export(logID: Bytes16) -> (any EventExport)? {
        switch self {
        case .bundle: nil
        case .jsonl: JSONLinesExport()
        case .csv: CSVExport()
        case .cloudevents: CloudEventsExport(logID: logID)
        }
    }
}
