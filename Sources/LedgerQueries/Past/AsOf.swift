public import KeyEvents

/// A state of the past: how much of the log existed, and what the clock said. As of a position P it is the records 0…P with the clock
/// at the time by which the record at P was decided (`RecordTime`): its `recorded_at`, unless a wrong clock stamped it. As of a time T
/// it is the records with `recorded_at ≤ T`, with the clock at T.
public struct AsOf: Equatable, Sendable {
    /// The position after the last record that existed.
    public let end: UInt64
    /// The time on the clock.
    public let clock: Timestamp
    /// The name of the field that held the point, for the message of a refusal.
    let field: String

    /// The position of the last record that existed.
    public var position: UInt64 { end - 1 }
}
