public import Bytes
internal import EventLog
public import KeyEvents
internal import Storage

/// A data key that was destroyed on purpose, as the log says (`AccountErased`). The id is all zeros where the file of the data
/// key could not be read.
///
/// A row of the table `erasures` is: position of the record (8 bytes) ‖ `recordedAt` (8 bytes, microseconds), both big-endian,
/// with its check.
public struct Erasure: Equatable, Sendable {
    /// The account whose data key was destroyed.
    public let accountID: AccountID
    /// The id of the data key; all zeros where its file could not be read.
    public let dataKeyID: Bytes16
    /// The position of the record.
    public let position: UInt64
    /// The stamp of the record.
    public let recordedAt: Timestamp

    static let unreadable = Bytes16(high: 0, low: 0)

    init(_ erasure: AccountErasure, of event: Event, at position: UInt64) {
        accountID = event.accountID
        dataKeyID = erasure.dataKeyID ?? Self.unreadable
        self.position = position
        recordedAt = event.recordedAt
    }

    /// Returns whether this is the erasure of a data key. One of a file that could not be read is that of every data key that seals
    /// nothing newer.
    ///
    /// - Parameters:
    ///   - id: The id of the data key.
    ///   - position: The position of the newest event whose fields may be sealed with it.
    /// - Returns: `true` where the data key was destroyed on purpose by this erasure.
    public func destroyed(_ id: Bytes16, sealingUpTo position: UInt64) -> Bool {
        dataKeyID == id || dataKeyID == Self.unreadable && position < self.position
    }

    /// Reads a row as it is stored, with its check. It throws `LogError.derivedDamaged` where the row is damaged.
    init(key: [UInt8], row: [UInt8]) throws(LogError) {
        guard key.count > 17, let id = Bytes16(key.suffix(16)), let account = AccountID(String(decoding: key.dropLast(17), as: UTF8.self)),
            let value = RowCheck.value(row.span, key: key.span), value.count == 16
        else { throw .derivedDamaged(what: "which data keys were destroyed") }
        accountID = account
        dataKeyID = id
        position = value.bigEndian()
        recordedAt = Timestamp(microseconds: Int64(bitPattern: value.bigEndian(at: 8)))
    }

    var key: [UInt8] { Self.prefix(of: accountID) + dataKeyID.bytes }

    var row: [UInt8] {
        RowCheck.checked(position.bigEndianBytes + UInt64(bitPattern: recordedAt.microseconds).bigEndianBytes, key: key)
    }

    /// Returns the beginning of the keys of an account's rows. No account id holds a zero byte.
    static func prefix(of account: AccountID) -> [UInt8] { Array(account.description.utf8) + [0] }

    static func key(_ dataKeyID: Bytes16, of account: AccountID) -> [UInt8] { prefix(of: account) + dataKeyID.bytes }
}
