/// A problem with the log that an operator has to repair.
public enum LogError: Error, Equatable, Sendable {
    /// A record, or what is stored beside the records, is not what was stored. `position` is `nil` where no single record is to
    /// blame.
    case damaged(position: UInt64?, what: String)
    /// A value that was derived from the log cannot be read. It can be rebuilt from the log.
    case derivedDamaged(what: String)
    /// No record is stored at a position below the head.
    case missing(position: UInt64)
    /// The directory holds no ledger.
    case notALedger(path: String)
    /// The ledger has a format that this version does not know.
    case newerVersion(found: UInt32, known: UInt32)
    /// The log needs features that this version does not know.
    case unknownFeatures([String])
    /// The log does not continue the head that this process has seen: it has `size` records, and had `seen`.
    case notContinued(size: UInt64, seen: UInt64)
    /// The log is not the one that something derived from it was made of.
    case logMismatch(what: String)
}

extension LogError: CustomStringConvertible {
    /// A sentence for the operator.
    public var description: String {
        switch self {
        case .damaged(let position?, let what): "the log is damaged at position \(position): \(what)"
        case .damaged(nil, let what): "the log is damaged: \(what)"
        case .derivedDamaged(let what): "\(what) cannot be read; run keyledger replay to rebuild from the log"
        case .missing(let position): "the log is damaged at position \(position): the record is missing"
        case .notALedger(let path): "\(path) holds no ledger"
        case .newerVersion(let found, let known):
            "the ledger has format \(found), and this version of keyledger knows formats up to \(known); use a newer version"
        case .unknownFeatures(let names):
            "the log needs what this version of keyledger does not know (\(names.joined(separator: ", "))), so nothing in it is believed and"
                + " nothing was changed; use a newer version"
        case .notContinued(let size, let seen):
            "the log, of \(size) records now, does not continue the \(seen) that this process has seen: an older copy or another log was put in its"
                + " place; restore the newest copy"
        case .logMismatch(let what): what
        }
    }
}
