/// An encoder that writes a document directly as JSON: its fields are in the order in which it encodes them, so that people and
/// tests always see the same text. Foundation's encoder writes them in the order of a hash table.
///
/// A value encodes itself into one container, and into containers nested in it, each of which ends where the next field or element
/// begins. Containers for a superclass are not supported, because no document needs them.
struct OrderedJSONEncoder: Encoder {
    private let frame: JSONFrame

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func bytes(_ value: some Encodable, _ characters: JSON.Characters) throws -> [UInt8] {
        let output = JSONOutput(characters)
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

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> { frame.fields(keyedBy: type) }
    func unkeyedContainer() -> any UnkeyedEncodingContainer { frame.elements() }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(frame: frame) }
}

/// One object, list or single value that is being written.
private final class JSONFrame {
    let output: JSONOutput
    private var closing: UInt8?
    private var isEmpty = true
    /// The container in this one that is being written.
    private var nested: JSONFrame?

    init(_ output: JSONOutput) { self.output = output }

    func open(_ opening: UInt8, _ closing: UInt8) {
        guard self.closing == nil else { return }
        output.append(opening)
        self.closing = closing
    }

    func fields<Key: CodingKey>(keyedBy: Key.Type) -> KeyedEncodingContainer<Key> {
        open(UInt8(ascii: "{"), UInt8(ascii: "}"))
        return KeyedEncodingContainer(Fields<Key>(frame: self))
    }

    func elements() -> any UnkeyedEncodingContainer {
        open(UInt8(ascii: "["), UInt8(ascii: "]"))
        return Elements(frame: self)
    }

    func nest() -> JSONFrame {
        let frame = JSONFrame(output)
        nested = frame
        return frame
    }

    func beginElement() {
        closeNested()
        if !isEmpty { output.append(UInt8(ascii: ",")) }
        isEmpty = false
    }

    func beginField(_ name: String) {
        beginElement()
        output.append(string: name)
        output.append(UInt8(ascii: ":"))
    }

    func close() {
        closeNested()
        if let closing { output.append(closing) }
    }

    private func closeNested() {
        nested?.close()
        nested = nil
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

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type, forKey key: Key) -> KeyedEncodingContainer<NestedKey> {
        frame.beginField(key.stringValue)
        return frame.nest().fields(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        frame.beginField(key.stringValue)
        return frame.nest().elements()
    }

    func superEncoder() -> any Encoder { noSuperclass() }
    func superEncoder(forKey key: Key) -> any Encoder { noSuperclass() }
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

    mutating func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
        frame.beginElement()
        count += 1
        return frame.nest().fields(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        frame.beginElement()
        count += 1
        return frame.nest().elements()
    }

    func superEncoder() -> any Encoder { noSuperclass() }
}

private struct Single: SingleValueEncodingContainer {
    let frame: JSONFrame
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { frame.output.append("null") }
    func encode<T: Encodable>(_ value: T) throws { try OrderedJSONEncoder.write(value, to: frame.output) }
}

private func noSuperclass() -> Never { preconditionFailure("a document must not encode a superclass") }
