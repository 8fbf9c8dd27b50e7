public import KeyEvents
public import LedgerQueries
public import Validation

/// A recorded use or refusal, evaluated again from the log alone: with the key as it was after the record that the decision names, by
/// the clock that it names, for what was asked.
public struct Explanation: Sendable {
    /// The result of evaluating the event again.
    public enum Finding: Equatable, Sendable {
        /// The event records no verdict that the rules for keys give: it belongs to the lifecycle of the key or to the log, or it is a call
        /// to Keyledger that was denied for want of a permission.
        case isNoVerdict
        /// The verdict that the rules give. Where it differs from the recorded one, one of the two is wrong: a defect.
        case decided(VerdictCode)
        /// No decision can have been as the record says; the reason. This is a defect too.
        case isContradictory(String)
        /// A part of what the decision took into account can no longer be read, or is not known to this version; the reason. This is no
        /// defect.
        case isUndecidable(String)
    }

    /// The event that is explained, with its personal fields.
    public let what: RecordedEvent
    /// The position of the event.
    public var position: UInt64 { what.position }
    /// The event as it was recorded.
    public var event: Event { what.event }
    /// The personal fields of the event; `nil` where it has none, or where they can no longer be read.
    public var personal: PersonalFields? { what.personal }
    /// The verdict that was recorded; `nil` for events that record none, and for a code that this version does not know.
    public let recorded: VerdictCode?
    /// The result of evaluating the event again.
    public let finding: Finding
    /// A sentence that says what the event means, or why the verdict is what it is.
    public let sentence: String
    /// The events that caused the verdict, in the order of the log.
    public let evidence: [CausingEvent]

    /// Whether the evaluation gives what was recorded; `nil` where there is nothing to evaluate, or it cannot be evaluated.
    public var matches: Bool? {
        switch finding {
        case .isNoVerdict, .isUndecidable: nil
        case .decided(let code): code == recorded
        case .isContradictory: false
        }
    }

    /// The recorded presentation; `nil` for events that record none.
    public var use: Event.Use? {
        switch event.body {
        case .used(let use), .refused(let use, _): use
        default: nil
        }
    }
}
