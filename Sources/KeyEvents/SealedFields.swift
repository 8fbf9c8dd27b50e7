public import Bytes

/// Encrypted personal fields: the `Sealed` message of `Schemas/keyledger/v1/events.proto`, which defines the constructions and
/// their byte layouts.
public struct SealedFields: Equatable, Sendable {
    /// The construction by which fields are encrypted, and what they are authenticated with.
    public enum Construction: Equatable, Sendable {
        /// Construction 0, of older versions: the fields are encrypted under the data key itself and authenticated with the key
        /// id and the account alone.
        case ofDataKey
        /// Construction 2: the fields are encrypted under a key derived from the data key and authenticated also with what
        /// identifies the record (`Event.sealedBinding`), which is the associated value.
        case ofRecord([UInt8])
        /// A construction of a newer version, by its number. This version cannot decrypt it.
        case newer(UInt32)
    }

    /// The id of the data key in the vault.
    public let dataKeyID: Bytes16
    /// The ciphertext with everything that belongs to it: salt (construction 2 only), nonce and tag.
    public let ciphertext: [UInt8]
    /// The construction by which the fields are encrypted.
    public let construction: Construction

    /// Creates sealed fields from their parts, each of which is described at its property.
    public init(dataKeyID: Bytes16, ciphertext: [UInt8], construction: Construction = .ofDataKey) {
        self.dataKeyID = dataKeyID
        self.ciphertext = ciphertext
        self.construction = construction
    }

    /// Sealed fields that no data key decrypts. They stand for an IP allowlist that a record claims and does not hold.
    static let missing = SealedFields(dataKeyID: Bytes16(high: 0, low: 0), ciphertext: [])

    /// Returns the sealed fields as they are read in the record of another event. Where they were sealed for another record, they
    /// can no longer be decrypted there.
    ///
    /// - Parameter event: The event in whose record the fields stand.
    /// - Returns: The same ciphertext, bound to the record of the event where the construction binds it.
    public func moved(to event: Event) -> SealedFields {
        guard case .ofRecord = construction else { return self }
        return SealedFields(dataKeyID: dataKeyID, ciphertext: ciphertext, construction: .ofRecord(event.sealedBinding))
    }

    /// Creates sealed fields from a message.
    ///
    /// - Parameters:
    ///   - dataKeyID: The id of the data key.
    ///   - ciphertext: The ciphertext with salt, nonce and tag.
    ///   - number: The number of the construction as it stands in the message.
    ///   - binding: What identifies the record (`Event.sealedBinding`).
    init(dataKeyID: Bytes16, ciphertext: [UInt8], number: UInt32, binding: @autoclosure () -> [UInt8]) {
        let construction: Construction =
            switch number {
            case 0: .ofDataKey
            case Self.numberOfRecord: .ofRecord(binding())
            default: .newer(number)
            }
        self.init(dataKeyID: dataKeyID, ciphertext: ciphertext, construction: construction)
    }

    /// The number of the construction as it stands in the message.
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
    /// The bytes that sealed fields of the event are authenticated with, beside its key and account: what distinguishes its
    /// record from every other. All numbers are big-endian.
    ///
    /// | event | bytes |
    /// |---|---|
    /// | use, refusal | number of the body's field (2) ‖ `decidedAtPosition` (8) ‖ `decidedAt`, microseconds (8) ‖ `secretID` (4) |
    /// | other event of a key | number of the body's field (2) ‖ `recordedAt`, microseconds (8) ‖ `commandOrdinal` (4) ‖ `commandID` |
    /// | event without a key | number of the body's field (2) ‖ `commandOrdinal` (4) ‖ `commandID` |
    ///
    /// The position of the record is not among them: it is not known when a use is sealed. A record that is moved as a whole is
    /// noticed by the Merkle tree over the log.
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
        default: kind?.bodyField ?? 0
        }
    }
}
