/// Encodes the fields of a document. An absent value is written as `null`, so that every document always has all its fields.
public struct NullableKeyedEncoder<Key: CodingKey> {
    private var container: KeyedEncodingContainer<Key>

    /// Begins an object with these fields.
    public init(_ encoder: any Encoder, _ keys: Key.Type) { container = encoder.container(keyedBy: keys) }

    /// Writes one field.
    public mutating func set(_ key: Key, _ value: (some Encodable)?) throws {
        if let value { try container.encode(value, forKey: key) } else { try container.encodeNil(forKey: key) }
    }
}
