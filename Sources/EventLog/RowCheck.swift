internal import Bytes
internal import KeyEvents
internal import Storage

/// The check of rows that are derived from the log or stored beside it. Such a row is accepted only where its check matches; it is
/// stored as follows:
///
///     value ‖ CRC-32 of the row's key followed by the value (4 bytes, big-endian)
///
/// A CRC-32 detects every single and double bit error, and every burst of up to 32 bits. The key is part of it, so that a row that
/// appears under another key is detected too.
public enum RowCheck {
    /// The length of a check in bytes.
    public static let bytes = 4

    /// Returns the value with its check, as it is stored under `key`.
    public static func checked(_ value: [UInt8], key: [UInt8]) -> [UInt8] {
        var stored = value
        stored.append(bigEndian: CRC32.checksum(key.span, value.span))
        return stored
    }

    /// Returns the value of a row that is stored under `key`; `nil` where it does not match its check.
    @_lifetime(copy stored)
    public static func value(_ stored: Span<UInt8>, key: borrowing Span<UInt8>) -> Span<UInt8>? {
        let count = stored.count - bytes
        guard count >= 0 else { return nil }
        let value = stored.extracting(0..<count)
        return CRC32.checksum(key, value) == stored.bigEndian(at: count, as: UInt32.self) ? value : nil
    }
}
