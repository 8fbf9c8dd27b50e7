internal import Bytes
internal import KeyEvents
internal import Storage

/// What is derived from the log, or stands beside it, is believed only with its check: a row is stored as
///
///     value ‖ CRC-32 of the row's key followed by the value (4 bytes, big-endian)
///
/// A CRC-32 notices every flipped bit, every two, and every burst of up to 32; the key is part of it, so that a row that turns up under
/// another key is noticed too.
public enum RowCheck {
    public static let bytes = 4

    /// The value as it is stored under `key`.
    public static func checked(_ value: [UInt8], key: [UInt8]) -> [UInt8] {
        var stored = value
        stored.append(bigEndian: CRC32.checksum(key.span, value.span))
        return stored
    }

    /// The value of a row as it was stored under `key`; `nil` where it is not what was written.
    @_lifetime(copy stored)
    public static func value(_ stored: Span<UInt8>, key: borrowing Span<UInt8>) -> Span<UInt8>? {
        let count = stored.count - bytes
        guard count >= 0 else { return nil }
        let value = stored.extracting(0..<count)
        return CRC32.checksum(key, value) == stored.bigEndian(at: count, as: UInt32.self) ? value : nil
    }
}
