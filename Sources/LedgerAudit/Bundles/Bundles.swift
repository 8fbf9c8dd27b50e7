public import Ledger

/// The log as bundles: written out whole or in part, and read again by a fork.
public struct Bundles: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// The log as bundles.
    public var bundles: Bundles { Bundles(self) }
}
