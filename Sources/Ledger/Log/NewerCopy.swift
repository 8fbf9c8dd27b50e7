package import KeyEvents

/// What a newer copy of the log says of each key at its end, for a fork that continues an older copy.
package struct NewerCopy: Sendable {
    /// How many records the newer copy holds.
    package let size: UInt64
    package let states: [KeyID: KeyState]
    /// The data keys that the bundle says were destroyed.
    package let erasures: [(account: AccountID, erasure: AccountErasure)]
    /// The account rules that the bundle holds.
    package let rules: [AccountID: AccountRules]

    package init(
        size: UInt64, states: [KeyID: KeyState], erasures: [(account: AccountID, erasure: AccountErasure)], rules: [AccountID: AccountRules]
    ) {
        self.size = size
        self.states = states
        self.erasures = erasures
        self.rules = rules
    }
}
