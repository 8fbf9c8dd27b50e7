internal import KeyEvents
internal import Ledger
package import LedgerQueries

/// The JSON document of an event that a verdict is based on.
package struct CausingEventDocument: Encodable {
    package let position: UInt64
    package let type: String
    package let recordedAt: String

    package init(_ causingEvent: CausingEvent) {
        position = causingEvent.position
        type = causingEvent.type
        recordedAt = causingEvent.recordedAt.description
    }
}
