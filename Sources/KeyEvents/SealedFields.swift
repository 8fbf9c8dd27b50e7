public import Bytes

/// Personal fields, encrypted: the `Sealed` message of `Schemas/keyledger/v1/events.proto`, which says how.
public struct SealedFields: Equatable, Sendable {
    /// How they are encrypted, and with what they are authenticated.
    public enum Construction: Equatable, Sendable {
        /// Under the data key itself; with the key id and the account alone. Of older versions.
        case ofDataKey
        /// Under a key derived from the data key; with what names the record too (`Event.sealedBinding`).
        case ofRecord([UInt8])
        /// Of a newer version: opens nowhere.
        case newer(UInt32)
    }

    /// Names the data key in the vault.
    public let dataKeyID: Bytes16
    /// With what belongs to it: salt, nonce, tag.
    public let ciphertext: [UInt8]
    public let construction: Construction

    public init(dataKeyID: Bytes16, ciphertext: [UInt8], construction: Construction = .ofDataKey) {
        self.dataKeyID = dataKeyID
        self.ciphertext = ciphertext
        self.construction = construction
    }

    /// Opens under no data key: stands for what should be there and is not.
    static let missing = SealedFields(dataKeyID: Bytes16(high: 0, low: 0), ciphertext: [])

    /// As they read in the record of `event`; where they were sealed for another record, they open no longer.
    public func moved(to event: Event) -> SealedFields {
        guard case .ofRecord = construction else { return self }
        return SealedFields(dataKeyID: dataKeyID, ciphertext: ciphertext, construction: .ofRecord(event.sealedBinding))
    }

    /// `number`: as it stands in the message. `binding`: of the record.
    init(dataKeyID: Bytes16, ciphertext: [UInt8], number: UInt32, binding: @autoclosure () -> [UInt8]) {
        let construction: Construction =
            switch number {
            case 0: .ofDataKey
            case Self.numberOfRecord: .ofRecord(binding())
            default: .newer(number)
            }
        self.init(dataKeyID: dataKeyID, ciphertext: ciphertext, construction: construction)
    }

    /// As it stands in the message.
    var constructionNumber: UInt32 {
        switch construction {
        case .ofDataKey: 0
        case .ofRecord: Self.numberOfRecord
        case .newer(let number): number
        }
    }

    private static let numberOfRecord: UInt32 = 2
}

extension Event {
    /// What sealed fields of the event are authenticated with beside its key and account: what tells its record from every other. Its position
    /// is not known when a use is sealed, and need not be: these are the record's own words, which the tree over the log holds in their place.
    public var sealedBinding: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        bytes.append(bigEndian: UInt16(truncatingIfNeeded: body.field))
        switch body {
        case .used(let use), .refused(let use, _):
            bytes.append(bigEndian: use.decidedAtPosition)
            bytes.append(bigEndian: use.decidedAt.microseconds)
            bytes.append(bigEndian: use.secretID)
        default:
            if keyID != .none { bytes.append(bigEndian: recordedAt.microseconds) }
            bytes.append(bigEndian: commandOrdinal)
            bytes.append(contentsOf: commandID.utf8)
        }
        return bytes
    }
}

extension Event.Body {
    fileprivate var field: Int {
        switch self {
        case .used: WireField.Body.keyUsed
        case .refused: WireField.Body.keyRefused
        case .unknown(let field): field
        default: EventType(rawValue: type)?.bodyField ?? 0
        }
    }
}
