public import Ledger

/// What auditors ask: why a record is what it is, what came of a leaked secret, what proves a record, and who has seen which checkpoint.
public struct Audit: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// What auditors ask.
    public var audit: Audit { Audit(self) }
}
