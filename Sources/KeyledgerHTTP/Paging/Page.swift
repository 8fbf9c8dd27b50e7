/// One page of a list.
struct Page<Element: Encodable>: Encodable {
    enum CodingKeys: String, CodingKey {
        case data, nextCursor
    }

    let data: [Element]
    /// The cursor that requests the next page; `nil` on the last page.
    let nextCursor: String?

    init(data: [Element], nextCursor: Cursor?) {
        self.data = data
        self.nextCursor = nextCursor?.text
    }

    init(data: [Element], nextCursor: EventCursor?) {
        self.data = data
        self.nextCursor = nextCursor?.text
    }

    func encode(to encoder: any Encoder) throws {
        var fields = JSONFields(encoder, CodingKeys.self)
        try fields.set(.data, data)
        try fields.set(.nextCursor, nextCursor)
    }
}
