internal import EventLog
internal import Ledger
internal import Storage

/// What an examination says while it goes on. A damaged page can crash the process that reads it, so everything is said as soon as it is
/// known, to a process that goes on (`ExaminationResult`).
package enum ExaminationMessage: Codable, Equatable, Sendable {
    /// The record at this position is read next.
    case reading(UInt64)
    case damage(Finding)
    case note(ExaminationNote)
    case scanned(ScanTotals)
    /// Nothing can be said about the data; the reason in words.
    case unavailable(String)
    /// The examination has come to its end; the position of the last record of the log, where there is one.
    case done(last: UInt64?)

    /// Puts the end of an examination that has failed into messages.
    ///
    /// - Parameters:
    ///   - error: The error.
    ///   - words: The error in words.
    /// - Returns: That nothing can be said about the data, or a finding and the end.
    package static func failure(_ error: any Error, words: String) -> [ExaminationMessage] {
        if isUnavailability(error) { return [.unavailable(words)] }
        let position: UInt64? =
            switch error {
            case LogError.damaged(let position, _): position
            case LogError.missing(let position): position
            default: nil
            }
        return [.damage(Finding(position: position, what: words)), .done(last: nil)]
    }

    /// Whether an error says nothing about the data: the next attempt, or another user, may be able to read it.
    private static func isUnavailability(_ error: any Error) -> Bool {
        switch error {
        case is LedgerError, LogError.newerVersion: true
        case let error as StorageError:
            switch error {
            case .shortage, .notPermitted, .missing, .notAFolder, .otherPIDNamespace, .alreadyOpen, .readersFull, .noSpace, .lockHeld: true
            default: false
            }
        default: false
        }
    }
}
