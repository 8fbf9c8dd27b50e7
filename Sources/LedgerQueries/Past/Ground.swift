public import KeyEvents

/// An event that a verdict rests on.
public struct Ground: Hashable, Sendable {
    public let position: UInt64
    /// The event's name, such as `KeyRevoked`.
    public let type: String
    public let recordedAt: Timestamp

    package init(_ event: Event, at position: UInt64) {
        self.position = position
        type = event.body.type
        recordedAt = event.recordedAt
    }

    /// Of a use or refusal.
    package init(_ use: UseSummary, at position: UInt64) {
        self.position = position
        type = use.code == nil ? "KeyUsed" : "KeyRefused"
        recordedAt = use.recordedAt
    }
}
