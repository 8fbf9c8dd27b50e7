internal import Bytes

/// One page of a list.
package struct Page<Element: Encodable>: Encodable {
    package enum CodingKeys: String, CodingKey {
        case data, nextCursor
    }

    package let data: [Element]
    /// The cursor that requests the next page; `nil` on the last page.
    package let nextCursor: String?

    package init(data: [Element], nextCursor: KeyCursor?) {
        self.data = data
        self.nextCursor = nextCursor?.text
    }

    package init(data: [Element], nextCursor: EventCursor?) {
        self.data = data
        self.nextCursor = nextCursor?.text
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.data, data)
        try fields.set(.nextCursor, nextCursor)
    }
}
