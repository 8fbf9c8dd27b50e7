internal import Bytes
internal import KeyEvents

/// A strict parser of JSON (RFC 8259). Its errors say where the problem is, but never quote the text: a body contains secrets.
/// A name that occurs twice in one object is refused: an earlier check of the body may have seen the other one.
package struct JSONParser {
    /// The error of the parser.
    package struct Failure: Error, Equatable {
        /// The end of a sentence that begins with "The body is not valid JSON: ".
        package let words: String
        /// The number of bytes before the place where the parser stopped.
        package let offset: Int
    }

    /// The maximum depth of nesting. No request is nested as deeply; the limit bounds the stack.
    package static let maximumDepth = 16

    private var index = 0

    /// Parses a whole JSON text.
    package static func parse(_ bytes: Span<UInt8>) throws(Failure) -> JSONValue {
        var parser = JSONParser()
        let value = try parser.value(bytes, depth: 0)
        parser.skipSpace(bytes)
        guard parser.index == bytes.count else { throw parser.unexpected(bytes) }
        return value
    }

    private mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(Failure) -> JSONValue {
        guard depth <= Self.maximumDepth else { throw failure("it is nested more than \(Self.maximumDepth) levels deep.") }
        skipSpace(bytes)
        guard let byte = peek(bytes) else { throw unexpected(bytes) }
        switch byte {
        case UInt8(ascii: "{"): return try object(bytes, depth: depth)
        case UInt8(ascii: "["): return try array(bytes, depth: depth)
        case UInt8(ascii: "\""): return .string(try string(bytes))
        case UInt8(ascii: "t"): return try literal("true", .bool(true), bytes)
        case UInt8(ascii: "f"): return try literal("false", .bool(false), bytes)
        case UInt8(ascii: "n"): return try literal("null", .null, bytes)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(bytes)
        default: throw unexpected(bytes)
        }
    }

    private mutating func object(_ bytes: Span<UInt8>, depth: Int) throws(Failure) -> JSONValue {
        index += 1
        var fields: [JSONValue.Field] = []
        skipSpace(bytes)
        if take("}", bytes) { return .object([]) }
        repeat {
            skipSpace(bytes)
            guard peek(bytes) == UInt8(ascii: "\"") else { throw unexpected(bytes) }
            let name = try string(bytes)
            skipSpace(bytes)
            guard take(":", bytes) else { throw unexpected(bytes) }
            fields.append(.init(name: name, value: try value(bytes, depth: depth + 1)))
            skipSpace(bytes)
        } while take(",", bytes)
        guard take("}", bytes) else { throw unexpected(bytes) }
        guard !Self.hasRepeatedName(fields) else { throw failure("an object that ends at byte \(index) has a name twice.") }
        return .object(fields)
    }

    private static func hasRepeatedName(_ fields: [JSONValue.Field]) -> Bool {
        // Building a set pays off only for objects larger than any legitimate one; without it, a body of nothing but names
        // would take quadratic time.
        if fields.count > 16 { return Set(fields.map { Array($0.name.utf8) }).count != fields.count }
        return fields.enumerated().contains { position, field in
            fields[..<position].contains { PlainText.areIdentical($0.name, field.name) }
        }
    }

    private mutating func array(_ bytes: Span<UInt8>, depth: Int) throws(Failure) -> JSONValue {
        index += 1
        var elements: [JSONValue] = []
        skipSpace(bytes)
        if take("]", bytes) { return .array([]) }
        repeat {
            elements.append(try value(bytes, depth: depth + 1))
            skipSpace(bytes)
        } while take(",", bytes)
        guard take("]", bytes) else { throw unexpected(bytes) }
        return .array(elements)
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue, _ bytes: Span<UInt8>) throws(Failure) -> JSONValue {
        for byte in text.description.utf8 {
            guard peek(bytes) == byte else { throw unexpected(bytes) }
            index += 1
        }
        return value
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(Failure) -> JSONValue {
        let isNegative = take("-", bytes)
        let start = index
        var number = DecimalNumber()
        while let digit = digit(bytes) {
            // Leading zeros are not allowed.
            guard index == start || index > start + 1 || bytes[start] != UInt8(ascii: "0") else { throw unexpected(bytes) }
            number.append(digit)
            index += 1
        }
        guard index > start else { throw unexpected(bytes) }
        if take(".", bytes) { try digits(bytes) { number.appendToFraction($0) } }
        if take("e", bytes) || take("E", bytes) {
            let isFraction = !take("+", bytes) && take("-", bytes)
            var exponent = DecimalNumber()
            try digits(bytes) { exponent.append($0) }
            number.shift(exponent.whole, isFraction: isFraction)
        }
        let whole = number.whole
        return .number(isNegative && whole != 0 ? nil : whole)
    }

    private mutating func digits(_ bytes: Span<UInt8>, _ body: (UInt8) -> Void) throws(Failure) {
        guard digit(bytes) != nil else { throw unexpected(bytes) }
        while let digit = digit(bytes) {
            body(digit)
            index += 1
        }
    }

    private mutating func string(_ bytes: Span<UInt8>) throws(Failure) -> String {
        index += 1
        let start = index
        while let byte = peek(bytes), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { index += 1 }
        if peek(bytes) == UInt8(ascii: "\"") {
            index += 1
            return try text(bytes.extracting(start..<index - 1))
        }
        return try escapedString(bytes, from: start)
    }

    private mutating func escapedString(_ bytes: Span<UInt8>, from start: Int) throws(Failure) -> String {
        var unescaped: [UInt8] = []
        index = start
        while let byte = peek(bytes) {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return try text(unescaped.span)
            case UInt8(ascii: "\\"):
                index += 1
                unescaped += String(try escape(bytes)).utf8
            case 0..<0x20:
                throw failure("a control character stands in a string at byte \(index).")
            default:
                unescaped.append(byte)
                index += 1
            }
        }
        throw unexpected(bytes)
    }

    private mutating func escape(_ bytes: Span<UInt8>) throws(Failure) -> Unicode.Scalar {
        guard let byte = peek(bytes) else { throw unexpected(bytes) }
        index += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var code = UInt32(try codeUnit(bytes))
            if (0xD800...0xDBFF).contains(code), take("\\", bytes), take("u", bytes) {
                let low = UInt32(try codeUnit(bytes))
                guard (0xDC00...0xDFFF).contains(low) else { throw notText() }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw notText() }
            return scalar
        default:
            index -= 1
            throw unexpected(bytes)
        }
    }

    private mutating func codeUnit(_ bytes: Span<UInt8>) throws(Failure) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek(bytes), let digit = byte.hexDigitValue else { throw unexpected(bytes) }
            unit = unit << 4 | UInt16(digit)
            index += 1
        }
        return unit
    }

    private func text(_ bytes: Span<UInt8>) throws(Failure) -> String {
        guard let text = try? UTF8Span(validating: bytes) else { throw notText() }
        return String(copying: text)
    }

    // MARK: Bytes

    private func peek(_ bytes: Span<UInt8>) -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private func digit(_ bytes: Span<UInt8>) -> UInt8? { peek(bytes)?.asciiDigitValue }

    private mutating func take(_ character: Unicode.Scalar, _ bytes: Span<UInt8>) -> Bool {
        guard peek(bytes) == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while let byte = peek(bytes), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private func unexpected(_ bytes: Span<UInt8>) -> Failure {
        if bytes.count == 0 { return failure("it is empty.") }
        return failure(index < bytes.count ? "something unexpected stands at byte \(index)." : "it ends too early.")
    }

    private func notText() -> Failure { failure("a string before byte \(index) is not valid Unicode.") }

    private func failure(_ words: String) -> Failure { Failure(words: words, offset: index) }
}
