public import KeyEvents
public import Ledger
public import LedgerQueries

/// A report on a secret that leaked: its presentations, its end, and the evidence.
public struct LeakReport: Sendable {
    /// The properties that several presentations of the secret have in common.
    public struct Source: Hashable, Sendable {
        /// The service that asked, or the key itself where it called Keyledger.
        public let actor: Actor
        /// The address that the presentations came from; `nil` where it is not known.
        public let clientAddress: String?
        /// The HTTP method of the calls; `nil` where it is not known.
        public let method: String?
        /// The path of the calls; `nil` where it is not known.
        public let path: String?
        /// Why the presentations were refused; `nil` where they were accepted.
        public let refusal: RefusalCode?
        /// Whether the source of the call was recorded and can no longer be read.
        public let isUnreadable: Bool
        /// Whether the presentations were decided after the end of the secret.
        public let isAfterEnd: Bool
        /// Whether the presentations came from further addresses than one record lists.
        public var isOfOthers = false
    }

    /// The presentations of one source, added up.
    public struct Line: Sendable {
        /// The properties that the presentations have in common.
        public let source: Source
        /// The number of presentations.
        public internal(set) var count: UInt64
        /// The number of records that hold them.
        public internal(set) var records: UInt64
        /// The time of the first presentation.
        public internal(set) var firstAt: Timestamp
        /// The time of the last presentation.
        public internal(set) var lastAt: Timestamp
        /// The position of the first record.
        public internal(set) var firstPosition: UInt64
        /// The position of the last record; `nil` for an empty log.
        public internal(set) var lastPosition: UInt64
    }

    /// The end of the secret: the earliest of the events and times that ended it.
    public struct End: Sendable {
        /// The event that recorded the end; `nil` where a time has passed and was not recorded yet.
        public let causingEvent: CausingEvent?
        /// The time of the end, which may be some time before it was recorded.
        public let at: Timestamp
    }

    /// A record that matters, and what it shows.
    public struct Evidence: Sendable {
        /// The event.
        public let causingEvent: CausingEvent
        /// The statement in words that the event supports.
        public let shows: String
    }

    /// The key that the secret belongs to.
    public let key: DecryptedKey
    /// The status of the key now.
    public let status: KeyState.Status
    /// The secret: its number, digest and hint.
    public let secret: SecretRecord
    /// The time at which the secret was added to the key.
    public let addedAt: Timestamp
    /// The position after the last record that was read.
    public let next: UInt64
    /// The position from which presentations are reported one by one.
    public let since: UInt64
    /// The end of the secret; `nil` while it is accepted.
    public let end: End?
    /// The accepted presentations from `since` on, in the order of their first time.
    public let uses: [Line]
    /// The refused presentations that were decided after the end (`Source.isAfterEnd`), and others from `since` on, in the order of
    /// their first time.
    public let refusals: [Line]
    /// The time of the report, by the ledger's clock.
    public let now: Timestamp
    /// The number of accepted presentations of the secret in the whole log, all of which were read.
    public let accepted: UInt64
    /// The number of records that hold the accepted presentations.
    public let acceptedRecords: UInt64
    /// The accepted use whose decision names the highest position.
    public let lastAccepted: (causingEvent: CausingEvent, decidedAtPosition: UInt64, decidedAt: Timestamp)?
    /// The positions of uses that were accepted although the secret had ended, at most 100: a defect, or worse.
    public let acceptedAfterEnd: [UInt64]
    /// The records that matter, and what each shows.
    public let evidence: [Evidence]

    /// The conclusion from the records about uses after the end, in words.
    public var statement: String {
        guard let end else { return "The secret has not ended: \(holders). Revoke the key." }
        guard acceptedAfterEnd.isEmpty else {
            return "Uses were accepted although the secret had ended, at the positions "
                + acceptedAfterEnd.map(String.init).joined(separator: ", ") + ". That must not be: keep the log and report this."
        }
        guard let lastAccepted else { return "The secret was never accepted: no record of a use of it exists." }
        let all = "All \(acceptedRecords) records of accepted uses were looked at."
        guard let causingEvent = end.causingEvent else {
            return
                "None was accepted after the end at \(end.at). \(all) The last one, at position \(lastAccepted.causingEvent.position), was"
                + " decided at \(lastAccepted.decidedAt)."
        }
        return
            "None was accepted after the end at position \(causingEvent.position). \(all) None was decided on that record or a later one: the"
            + " last one, at position \(lastAccepted.causingEvent.position), was decided on the log up to position"
            + " \(lastAccepted.decidedAtPosition)."
    }

    /// The prospects of the holders of the secret while it has not ended, in words.
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
