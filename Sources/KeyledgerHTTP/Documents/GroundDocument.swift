internal import KeyEvents
internal import Ledger
internal import LedgerQueries

/// The JSON document of an event that a verdict is based on.
struct GroundDocument: Encodable {
    let position: UInt64
    let type: String
    let recordedAt: String

    init(_ ground: Ground) {
        position = ground.position
        type = ground.type
        recordedAt = ground.recordedAt.description
    }
}
