internal import KeyEvents
internal import Ledger
package import LedgerQueries

/// The JSON document of an event that a verdict is based on.
package struct GroundDocument: Encodable {
    package let position: UInt64
    package let type: String
    package let recordedAt: String

    package init(_ ground: Ground) {
        position = ground.position
        type = ground.type
        recordedAt = ground.recordedAt.description
    }
}
