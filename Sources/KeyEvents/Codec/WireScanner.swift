/// A place in encoded protobuf, moved forward field by field without allocating. Every step is checked against the end and
/// answers `nil` (or `false`) for what is not protobuf; nothing traps on any input.
///
/// The bytes are passed to each step rather than held, so that a scanner has no lifetime of its own.
struct WireScanner {
    private(set) var offset: Int
    private let end: Int

    /// Fields in `range`, which lies within the bytes passed to every step.
    init(_ range: Range<Int>) {
        offset = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { offset >= end }

    /// The next field's number and layout.
    mutating func tag(_ bytes: Span<UInt8>) -> (field: Int, type: WireType)? {
        guard let tag = varint(bytes), tag <= UInt64(UInt32.max), tag >> 3 != 0,
            let type = WireType(rawValue: UInt8(truncatingIfNeeded: tag) & 7)
        else { return nil }
        return (Int(tag >> 3), type)
    }

    /// Seven bits a byte, the least significant first; the high bit says that another byte follows. At most ten bytes.
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

    /// Where the value of a length-delimited field lies; the scanner stands behind it.
    mutating func lengthDelimited(_ bytes: Span<UInt8>) -> Range<Int>? {
        guard let length = varint(bytes), length <= UInt64(end - offset) else { return nil }
        let start = offset
        offset += Int(length)
        return start..<offset
    }

    /// Passes over a field whose tag was read, a group with all that stands in it.
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
