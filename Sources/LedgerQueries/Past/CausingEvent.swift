public import KeyEvents

/// A recorded event that decided a verdict, or that a report refers to.
public struct CausingEvent: Hashable, Sendable {
    /// The position of the event.
    public let position: UInt64
    /// The event's name, such as `KeyRevoked`.
    public let type: String
    /// The time at which the event was recorded.
    public let recordedAt: Timestamp

    package init(_ event: Event, at position: UInt64) {
        self.position = position
        type = event.body.type
        recordedAt = event.recordedAt
    }

    /// Names a use or refusal by the summary of its record.
    package init(_ use: UseSummary, at position: UInt64) {
        self.position = position
        type = (use.code == nil ? EventType.keyUsed : .keyRefused).rawValue
        recordedAt = use.recordedAt
    }
}
