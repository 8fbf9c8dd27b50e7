internal import Bytes

/// A writer of protobuf into one growing buffer. Where fields are written in the order of their numbers, it gives the bytes that
/// generated code gives.
struct WireWriter {
    private(set) var bytes: [UInt8]

    init(reserving capacity: Int) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Writes a number unless it is zero, as proto3 has it for a field without presence.
    mutating func number(_ field: Int, _ value: UInt64) {
        if value != 0 { present(field, value) }
    }

    /// Writes a number, even zero.
    mutating func present(_ field: Int, _ value: UInt64) {
        tag(field, .varint)
        varint(value)
    }

    /// Writes a time unless it is zero.
    mutating func time(_ field: Int, _ value: Timestamp) {
        number(field, UInt64(bitPattern: value.microseconds))
    }

    /// Writes a time with presence.
    mutating func time(_ field: Int, _ value: Timestamp?) {
        if let value { present(field, UInt64(bitPattern: value.microseconds)) }
    }

    /// Writes a text unless it is empty.
    mutating func text(_ field: Int, _ value: String) {
        if !value.isEmpty { present(field, value) }
    }

    /// Writes a text even where it is empty: an element of a list, or a field with presence.
    mutating func present(_ field: Int, _ value: String) {
        tag(field, .lengthDelimited)
        varint(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    mutating func data(_ field: Int, _ value: [UInt8]) {
        guard !value.isEmpty else { return }
        tag(field, .lengthDelimited)
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func data(_ field: Int, _ value: Bytes16) {
        tag(field, .lengthDelimited)
        varint(16)
        bytes.append(bigEndian: value.high)
        bytes.append(bigEndian: value.low)
    }

    mutating func data(_ field: Int, _ value: Digest32) {
        tag(field, .lengthDelimited)
        varint(32)
        bytes.append(bigEndian: value.words.0)
        bytes.append(bigEndian: value.words.1)
        bytes.append(bigEndian: value.words.2)
        bytes.append(bigEndian: value.words.3)
    }

    /// Writes a nested message. Most messages are shorter than 128 bytes, so one byte is reserved for the length; a longer
    /// message is moved up.
    mutating func message(_ field: Int, _ content: (inout WireWriter) -> Void) {
        tag(field, .lengthDelimited)
        bytes.append(0)
        let start = bytes.count
        content(&self)
        let length = bytes.count - start
        if length < 0x80 {
            bytes[start - 1] = UInt8(length)
        } else {
            var prefix = WireWriter(reserving: 10)
            prefix.varint(UInt64(length))
            bytes.replaceSubrange(start - 1..<start, with: prefix.bytes)
        }
    }

    /// Appends fields that are encoded already.
    mutating func raw(_ encoded: [UInt8]) {
        if !encoded.isEmpty { bytes.append(contentsOf: encoded) }
    }

    private mutating func tag(_ field: Int, _ type: WireType) {
        varint(UInt64(field) << 3 | UInt64(type.rawValue))
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
