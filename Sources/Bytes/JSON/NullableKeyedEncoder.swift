/// Encodes the fields of a document. An absent value is written as `null`, so that every document always has all its fields.
public struct NullableKeyedEncoder<Key: CodingKey> {
    private var container: KeyedEncodingContainer<Key>
    private let isShown: (Key) -> Bool

    /// Begins an object with these fields, or with those of them that `isShown` accepts.
    public init(_ encoder: any Encoder, _ keys: Key.Type, where isShown: @escaping (Key) -> Bool = { _ in true }) {
        container = encoder.container(keyedBy: keys)
        self.isShown = isShown
    }

    /// Writes one field.
    public mutating func set(_ key: Key, _ value: (some Encodable)?) throws {
        guard isShown(key) else { return }
        if let value { try container.encode(value, forKey: key) } else { try container.encodeNil(forKey: key) }
    }
}
