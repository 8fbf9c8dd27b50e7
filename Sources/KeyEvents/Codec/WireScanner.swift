/// A position in encoded protobuf that moves forward field by field without allocating. Every step is checked against the end and
/// returns `nil` (or `false`) for bytes that are not protobuf; nothing traps on any input.
///
/// The bytes are passed to each step and not stored, so that a scanner has no lifetime of its own.
struct WireScanner {
    private(set) var offset: Int
    private let end: Int

    /// Creates a scanner over the fields in `range`, which lies within the bytes that are passed to every step.
    init(_ range: Range<Int>) {
        offset = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { offset >= end }

    /// Returns the number and the layout of the next field.
    mutating func tag(_ bytes: Span<UInt8>) -> (field: Int, type: WireType)? {
        guard let tag = varint(bytes), tag <= UInt64(UInt32.max), tag >> 3 != 0,
            let type = WireType(rawValue: UInt8(truncatingIfNeeded: tag) & 7)
        else { return nil }
        return (Int(tag >> 3), type)
    }

    /// Returns the next varint: seven bits a byte, the least significant first, where the high bit says that another byte
    /// follows. It has at most ten bytes.
    mutating func varint(_ bytes: Span<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < end, shift < 70 {
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// Returns the range of the value of a length-delimited field, and moves behind it.
    mutating func lengthDelimited(_ bytes: Span<UInt8>) -> Range<Int>? {
        guard let length = varint(bytes), length <= UInt64(end - offset) else { return nil }
        let start = offset
        offset += Int(length)
        return start..<offset
    }

    /// Skips a field whose tag was read; a group is skipped with everything in it.
    mutating func skip(_ type: WireType, _ bytes: Span<UInt8>) -> Bool {
        var openGroups = 0
        var type = type
        while true {
            switch type {
            case .varint: if varint(bytes) == nil { return false }
            case .fixed64: if !advance(8) { return false }
            case .fixed32: if !advance(4) { return false }
            case .lengthDelimited: if lengthDelimited(bytes) == nil { return false }
            case .groupStart: openGroups += 1
            case .groupEnd:
                if openGroups == 0 { return false }
                openGroups -= 1
            }
            if openGroups == 0 { return true }
            guard let next = tag(bytes) else { return false }
            type = next.type
        }
    }

    private mutating func advance(_ count: Int) -> Bool {
        guard count <= end - offset else { return false }
        offset += count
        return true
    }
}
