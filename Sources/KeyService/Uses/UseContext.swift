internal import KeyEvents

/// Where a use came from. Personal: recorded sealed.
public struct UseContext: Equatable, Sendable {
    public var clientAddress: String?
    public var method: String?
    public var path: String?

    public init(clientAddress: String? = nil, method: String? = nil, path: String? = nil) {
        self.clientAddress = clientAddress.map { cleaned($0, bytes: 64) }
        self.method = method.map { cleaned($0, bytes: 16) }
        // Query strings carry secrets. By scalars: a mark after the question mark makes another character of it.
        self.path = path.map { cleaned(String($0.unicodeScalars.prefix { $0 != "?" && $0 != "#" }), bytes: 256) }
    }

    /// With the address that a question was decided by, whatever text it came as: what is recorded gives the same verdict again.
    func decided(by address: IPAddress?) -> UseContext {
        guard clientAddress.flatMap({ IPAddress($0) }) != address else { return self }
        var context = self
        context.clientAddress = address?.description
        return context
    }

    var personal: PersonalFields { PersonalFields(clientAddress: clientAddress, method: method, path: path) }
}

/// Without control characters, and cut to at most `bytes` of UTF-8 at a character's edge.
func cleaned(_ text: some StringProtocol, bytes: Int) -> String {
    // As nearly all text is.
    if text.utf8.count <= bytes, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) { return String(text) }
    var kept = ""
    var count = 0
    for character in text where !character.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
        count += character.utf8.count
        if count > bytes { break }
        kept.append(character)
    }
    return kept
}
