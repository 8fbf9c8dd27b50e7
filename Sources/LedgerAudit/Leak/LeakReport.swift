public import KeyEvents
public import Ledger
public import LedgerQueries

/// What came of a secret that leaked.
public struct LeakReport: Sendable {
    /// Presentations that have all of this in common.
    public struct Source: Hashable, Sendable {
        /// The service that asked, or the key itself where it called Keyledger.
        public let actor: Actor
        public let clientAddress: String?
        public let method: String?
        public let path: String?
        /// Why they were refused; `nil`: accepted.
        public let refusal: RefusalCode?
        /// What the call came from could once be read, and no longer can.
        public let isUnreadable: Bool
        /// Decided after the end of the secret.
        public let isAfterEnd: Bool
        /// From further addresses than a record tells one by one.
        public var isOfOthers = false
    }

    public struct Line: Sendable {
        public let source: Source
        public internal(set) var count: UInt64
        /// How many records say so.
        public internal(set) var records: UInt64
        public internal(set) var firstAt: Timestamp
        public internal(set) var lastAt: Timestamp
        public internal(set) var firstPosition: UInt64
        public internal(set) var lastPosition: UInt64
    }

    /// The end of the secret: the first of what ended it.
    public struct End: Sendable {
        /// `nil`: its time came and was not recorded yet.
        public let ground: Ground?
        /// When it came, which may be some time before it was recorded.
        public let at: Timestamp
    }

    /// A record that matters, and what it shows.
    public struct Evidence: Sendable {
        public let ground: Ground
        public let shows: String
    }

    public let key: KeyView
    public let status: KeyState.Status
    public let secret: SecretRecord
    public let addedAt: Timestamp
    /// The position after the last record that was looked at.
    public let next: UInt64
    public let since: UInt64
    /// `nil`: the secret is accepted still.
    public let end: End?
    /// Since `since`, in the order in which they began.
    public let uses: [Line]
    /// Those decided after the end (`Source.isAfterEnd`), and others since `since`, in the order in which they began.
    public let refusals: [Line]
    /// When it was asked.
    public let now: Timestamp
    /// All presentations of the secret that were accepted, and how many records say so; every one of them was looked at.
    public let accepted: UInt64
    public let acceptedRecords: UInt64
    /// The accepted use whose decision names the highest position.
    public let lastAccepted: (ground: Ground, decidedAtPosition: UInt64, decidedAt: Timestamp)?
    /// The positions of uses that were accepted although the secret had ended: a defect, or worse. The first hundred.
    public let acceptedAfterEnd: [UInt64]
    public let evidence: [Evidence]

    /// What the records show about uses after the end.
    public var statement: String {
        guard let end else { return "The secret has not ended: \(holders). Revoke the key." }
        guard acceptedAfterEnd.isEmpty else {
            return "Uses were accepted although the secret had ended, at the positions "
                + acceptedAfterEnd.map(String.init).joined(separator: ", ") + ". That must not be: keep the log and report this."
        }
        guard let lastAccepted else { return "The secret was never accepted: no record of a use of it exists." }
        let all = "All \(acceptedRecords) records of accepted uses were looked at."
        guard let ground = end.ground else {
            return "None was accepted after the end at \(end.at). \(all) The last one, at position \(lastAccepted.ground.position), was"
                + " decided at \(lastAccepted.decidedAt)."
        }
        return "None was accepted after the end at position \(ground.position). \(all) None was decided on that record or a later one: the"
            + " last one, at position \(lastAccepted.ground.position), was decided on the log up to position"
            + " \(lastAccepted.decidedAtPosition)."
    }

    /// What holds for whoever holds the secret, while it has not ended.
    private var holders: String {
        let state = key.state
        if state.isDisabled { return "the key is disabled, so whoever holds it is refused, until the key is enabled" }
        guard let networks = key.ipAllowlist else {
            return "the key may be used from some addresses only, and which can no longer be read, so whoever holds it is refused"
        }
        let retirement = state.secrets.first { $0.record.id == secret.id }?.retirement
        let ends = [state.expiresAt, retirement?.date].compactMap(\.self).min().map { ["until \($0)"] } ?? []
        let limits = ends + (retirement?.comesWithUse ?? false ? ["until a newer one is first used"] : [])
        let whoever =
            networks.isEmpty ? "whoever holds it is let in" : "whoever holds it is let in from \(networks.joined(separator: ", ")) alone"
        return whoever + (limits.isEmpty ? "" : ", " + limits.joined(separator: " or ") + " at the latest")
    }
}
