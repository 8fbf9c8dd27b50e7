internal import EventLog
internal import KeyEvents
internal import Projections
public import Storage

/// Whether the ledger can do its work, and what is in the way.
public struct Health: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// Whether the ledger can do its work, and what is in the way.
    public var health: Health { Health(self) }
}

extension Health {
    /// Why uses cannot be recorded; `nil` where they can be. Reading it also retries a writer whose failure may have passed.
    public var recordingProblem: LedgerError? {
        ledger.writer.retryIfRecovered()
        return ledger.standing.problem ?? ledger.standing.damage(stateSet: ledger.stateSet) ?? ledger.watch.problem
            ?? ledger.writer.problem
    }

    /// Why personal fields can be neither recorded nor read, of all accounts or of one; `nil` where they can be. Keys are validated all the
    /// same, but for those that are restricted to addresses.
    public var vaultProblem: LedgerError? { ledger.vault.problem() }

    /// Why the log is not the newest copy that is known; `nil` where it is.
    public var copyProblem: LedgerError? { ledger.standing.problem }

    /// Whether uses can be recorded; false, for instance, while the disk is full.
    public var canRecordUses: Bool { recordingProblem == nil }

    /// How large the files in `ledger/` are, and how much of them is used.
    public var storage: EnvironmentInformation { ledger.environment.information }

    /// Whether the reserve exists, or can be made, that lets lifecycle commands be recorded on a full disk.
    public var hasReserve: Bool { ledger.environment.ensureRoom(LedgerWriter.reserve) }
}
