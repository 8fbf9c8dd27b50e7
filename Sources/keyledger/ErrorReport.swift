internal import ArgumentParser
internal import EventLog
internal import Foundation
internal import KeyEvents
internal import Ledger
internal import LedgerAudit
internal import Storage
internal import Validation

/// The exit codes of the program other than 0.
enum ExitStatus {
    static let no: Int32 = 1
    static let usageError: Int32 = 2
    static let unavailable: Int32 = 3
}

/// The report of an error: a message that says what happened, where, and what to do, and an exit code.
enum ErrorReport {
    /// Writes the message to standard error, and returns the exit code.
    static func report(_ error: any Error) -> Int32 {
        if let exit = error as? ExitCode { return exit.rawValue }
        let code = code(of: error)
        if let words = words(for: error) {
            Terminal.error("keyledger: " + words)
        } else {
            // The error asks for help or the version, or the arguments are wrong: the argument parser has the message.
            let message = Keyledger.fullMessage(for: error)
            guard code != 0 else { return show(message) }
            Terminal.error(Suggestion.words(for: arguments).map { Suggestion.message(message, with: $0) } ?? message)
        }
        return code
    }

    /// Writes the text that was asked for (help, the version, a completion script), and returns the exit code.
    private static func show(_ text: String) -> Int32 {
        do throws(OutputError) {
            try Terminal.writeResult(text)
            return 0
        } catch {
            Terminal.error("keyledger: the text could not be written (\(error.problem)).")
            return ExitStatus.unavailable
        }
    }

    /// The arguments without the name of the program.
    private static var arguments: ArraySlice<String> { CommandLine.arguments.dropFirst() }

    /// Returns the message for an error; `nil` for errors of the argument parser, which has messages of its own.
    static func words(for error: any Error) -> String? {
        switch error {
        case let error as ServiceError: FieldOption.words(for: error, arguments: arguments)
        case let error as LedgerError: error.description
        case let error as LogError: error.description + ". Look closer with: keyledger doctor"
        case let error as UsageError: error.words
        case let error as OutputError: error.words
        case let error as ExportWriteError: error.words
        case let error as CorruptIndexEntry: error.description
        case let error as UnreadableAllowlist: error.description
        case let error as Unavailable: error.words
        case let error as BundleError: error.description
        case let error as BundleFileMissing: error.description
        case let error as NoSuchRecord: error.description
        case let error as ImportRefusal: error.description
        case let error as ForkRefusal: error.description
        case let error as CosignatureRefusal: error.description
        case let error as StorageError: error.sentence
        default: nil
        }
    }

    private static func code(of error: any Error) -> Int32 {
        switch error {
        case let error as ServiceError: code(of: error)
        case is UsageError, is BundleFileMissing, is NoSuchRecord, LedgerError.ledgerExists, LedgerError.unfinishedImport,
            LedgerError.unfinishedInit,
            LedgerError.badPrefix,
            ForkRefusal.logMismatch, ForkRefusal.forkedBefore,
            ImportRefusal.notWhole, ImportRefusal.hasCheckpoints:
            ExitStatus.usageError
        case CosignatureRefusal.unreadable: ExitStatus.usageError
        case is CosignatureRefusal: ExitStatus.no
        case is LedgerError, is LogError, is StorageError, is CorruptIndexEntry, is UnreadableAllowlist, is OutputError,
            is ExportWriteError, is Unavailable,
            is BundleError,
            is ImportRefusal, is ForkRefusal:
            ExitStatus.unavailable
        default:
            Keyledger.exitCode(for: error) == .success ? 0 : ExitStatus.usageError
        }
    }
}

extension ErrorReport {
    private static func code(of error: ServiceError) -> Int32 {
        switch error {
        case .refused(.ended(_)), .tooManyKeys: ExitStatus.no
        case .behind: ExitStatus.unavailable
        default: ExitStatus.usageError
        }
    }
}

/// The error of arguments that can be parsed but make no sense.
struct UsageError: Error {
    let words: String

    init(_ words: String) { self.words = words }
}
