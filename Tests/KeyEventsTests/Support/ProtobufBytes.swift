import TestSupport

/// Writes protobuf by hand, right or wrong, to try readers with what the encoder would never write.
enum ProtobufBytes {
    static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }

    static func number(_ field: Int, _ value: UInt64) -> [UInt8] { varint(UInt64(field) << 3) + varint(value) }

    static func data(_ field: Int, _ value: [UInt8]) -> [UInt8] { varint(UInt64(field) << 3 | 2) + varint(UInt64(value.count)) + value }

    static func text(_ field: Int, _ value: String) -> [UInt8] { data(field, Array(value.utf8)) }

    static func fixed64(_ field: Int, _ value: UInt64) -> [UInt8] {
        varint(UInt64(field) << 3 | 1) + (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    static func fixed32(_ field: Int, _ value: UInt32) -> [UInt8] {
        varint(UInt64(field) << 3 | 5) + (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    static func group(_ field: Int, _ content: [UInt8]) -> [UInt8] {
        varint(UInt64(field) << 3 | 3) + content + varint(UInt64(field) << 3 | 4)
    }
}

extension SplitMix64 {
    /// A field that no version knows, of any layout.
    mutating func unknownField(_ numbers: ClosedRange<Int>) -> [UInt8] {
        let field = Int.random(in: numbers, using: &self)
        return switch Int.random(in: 0..<5, using: &self) {
        case 0: ProtobufBytes.number(field, number())
        case 1: ProtobufBytes.data(field, bytes(Int.random(in: 0...200, using: &self)))
        case 2: ProtobufBytes.fixed64(field, next())
        case 3: ProtobufBytes.fixed32(field, UInt32(truncatingIfNeeded: next()))
        default: ProtobufBytes.group(field, ProtobufBytes.number(1, number()) + ProtobufBytes.group(2, []))
        }
    }
}
