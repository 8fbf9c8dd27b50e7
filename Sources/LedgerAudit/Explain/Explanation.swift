public import KeyEvents
public import LedgerQueries
public import Validation

/// A recorded use or refusal decided again, from the log alone: with the key as it was after the record that the decision names, by
/// the clock that it names, for what was asked.
public struct Explanation: Sendable {
    public enum Finding: Equatable, Sendable {
        /// The event decides nothing about a presented key: it is one of the key's life.
        case isNoVerdict
        /// The rules give this. Where it is not what was recorded, one of the two is wrong: a defect.
        case decided(VerdictCode)
        /// No decision can have been as the record says; why. A defect too.
        case isContradictory(String)
        /// What the decision took into account is no longer to be had; why. No defect.
        case isUndecidable(String)
    }

    public let what: RecordedEvent
    public var position: UInt64 { what.position }
    public var event: Event { what.event }
    public var personal: PersonalFields? { what.personal }
    /// What was recorded; `nil` for events that are no verdict.
    public let recorded: VerdictCode?
    public let finding: Finding
    /// What the event says, or why the verdict is what it is, in one sentence.
    public let sentence: String
    /// The events that the verdict rests on, in the order of the log.
    public let grounds: [Ground]

    /// Whether deciding again gives what was recorded; `nil` where there is nothing to decide, or it cannot be.
    public var matches: Bool? {
        switch finding {
        case .isNoVerdict, .isUndecidable: nil
        case .decided(let code): code == recorded
        case .isContradictory: false
        }
    }

    /// Of what the record says of the presentation; `nil` for events that are no verdict.
    public var use: Event.Use? {
        switch event.body {
        case .used(let use), .refused(let use, _): use
        default: nil
        }
    }
}
