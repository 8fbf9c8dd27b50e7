/// An encoder that writes a document directly as JSON: its fields are in the order in which it encodes them, so that people and
/// tests always see the same text. Foundation's encoder writes them in the order of a hash table.
///
/// A value encodes itself into one container. Manually nested containers are not supported, because no document needs them.
package struct OrderedJSONEncoder: Encoder {
    private let frame: JSONFrame

    package var codingPath: [any CodingKey] { [] }
    package var userInfo: [CodingUserInfoKey: Any] { [:] }

    package static func bytes(_ value: some Encodable) throws -> [UInt8] {
        let output = JSONOutput()
        try write(value, to: output)
        return output.bytes
    }

    fileprivate static func write<T: Encodable>(_ value: T, to output: JSONOutput) throws {
        switch value {
        case let text as String: output.append(string: text)
        case let number as UInt64: output.append(digits: number)
        case let flag as Bool: if flag { output.append("true") } else { output.append("false") }
        // The keys are sorted, so that the text is the same every time.
        case let map as [String: String]: try write(map, to: output)
        case let map as [String: UInt64]: try write(map, to: output)
        case let number as any BinaryInteger: output.append(digits: number)
        case let number as Double:
            guard number.isFinite else {
                throw EncodingError.invalidValue(number, .init(codingPath: [], debugDescription: "JSON has no such number"))
            }
            for byte in number.description.utf8 { output.append(byte) }
        default:
            let frame = JSONFrame(output)
            try value.encode(to: OrderedJSONEncoder(frame: frame))
            frame.close()
        }
    }

    private static func write<V: Encodable>(_ map: [String: V], to output: JSONOutput) throws {
        let frame = JSONFrame(output)
        frame.open(UInt8(ascii: "{"), UInt8(ascii: "}"))
        for (key, value) in map.sorted(by: { $0.key < $1.key }) {
            frame.beginField(key)
            try write(value, to: output)
        }
        frame.close()
    }

    package func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        frame.open(UInt8(ascii: "{"), UInt8(ascii: "}"))
        return KeyedEncodingContainer(Fields<Key>(frame: frame))
    }

    package func unkeyedContainer() -> any UnkeyedEncodingContainer {
        frame.open(UInt8(ascii: "["), UInt8(ascii: "]"))
        return Elements(frame: frame)
    }

    package func singleValueContainer() -> any SingleValueEncodingContainer { Single(frame: frame) }
}

/// One object, list or single value that is being written.
private final class JSONFrame {
    let output: JSONOutput
    private var closing: UInt8?
    private var isEmpty = true

    init(_ output: JSONOutput) { self.output = output }

    func open(_ opening: UInt8, _ closing: UInt8) {
        guard self.closing == nil else { return }
        output.append(opening)
        self.closing = closing
    }

    func beginElement() {
        if !isEmpty { output.append(UInt8(ascii: ",")) }
        isEmpty = false
    }

    func beginField(_ name: String) {
        beginElement()
        output.append(string: name)
        output.append(UInt8(ascii: ":"))
    }

    func close() {
        if let closing { output.append(closing) }
    }
}

// One generic method satisfies all the requirements that name a type.

private struct Fields<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let frame: JSONFrame
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) {
        frame.beginField(key.stringValue)
        frame.output.append("null")
    }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        frame.beginField(key.stringValue)
        try OrderedJSONEncoder.write(value, to: frame.output)
    }

    func nestedContainer<NestedKey: CodingKey>(keyedBy: NestedKey.Type, forKey key: Key) -> KeyedEncodingContainer<NestedKey> { nested() }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { nested() }
    func superEncoder() -> any Encoder { nested() }
    func superEncoder(forKey key: Key) -> any Encoder { nested() }
}

private struct Elements: UnkeyedEncodingContainer {
    let frame: JSONFrame
    var codingPath: [any CodingKey] { [] }
    var count = 0

    init(frame: JSONFrame) { self.frame = frame }

    mutating func encodeNil() {
        frame.beginElement()
        frame.output.append("null")
        count += 1
    }

    mutating func encode<T: Encodable>(_ value: T) throws {
        frame.beginElement()
        try OrderedJSONEncoder.write(value, to: frame.output)
        count += 1
    }

    func nestedContainer<NestedKey: CodingKey>(keyedBy: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> { nested() }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nested() }
    func superEncoder() -> any Encoder { nested() }
}

private struct Single: SingleValueEncodingContainer {
    let frame: JSONFrame
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { frame.output.append("null") }
    func encode<T: Encodable>(_ value: T) throws { try OrderedJSONEncoder.write(value, to: frame.output) }
}

private func nested() -> Never { preconditionFailure("a document must not nest containers by hand") }
