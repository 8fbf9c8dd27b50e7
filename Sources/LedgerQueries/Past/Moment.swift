public import KeyEvents

/// A moment of the past: how much of the log there was, and what the clock said. At a position P it is the records 0…P with the clock
/// at the time by which the record there was decided (`RecordTime`): `recorded_at(P)`, unless a wrong clock stamped it; at a time T the records with `recorded_at ≤ T` with the clock at T.
public struct Moment: Equatable, Sendable {
    /// The position after the last record there was.
    public let end: UInt64
    public let clock: Timestamp
    /// What it came as, for the words of a refusal.
    let field: String

    /// Of the last record there was.
    public var position: UInt64 { end - 1 }
}
