public import Bytes
internal import KeyEvents

/// Where a use came from. Personal: recorded sealed. Of the address nothing is taken but one (`IPAddress.init(endpoint:)`), and what holds
/// a key's secret (`MisplacedSecret`) is left out: a customer's strange request is no reason to refuse the call. So is
/// what may be the random part of one: nobody is there to ask the ledger about it.
public struct UseContext: Equatable, Sendable {
    public let address: IPAddress?
    public let method: String?
    public let path: String?

    /// `clientAddress`: as it was told, with or without a port; text that is no address says nothing.
    public init(clientAddress: String? = nil, method: String? = nil, path: String? = nil) {
        self.init(address: clientAddress.flatMap { IPAddress(endpoint: $0) }, method: method, path: path)
    }

    public init(address: IPAddress?, method: String? = nil, path: String? = nil) {
        self.address = address
        self.method = method.flatMap { Self.mayHoldSecret($0) ? nil : cleaned($0, bytes: 16) }
        // Query strings carry secrets. By bytes: a mark after the question mark makes another character of it.
        self.path = path.flatMap { path in
            let kept = Substring(path.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
            return Self.mayHoldSecret(String(kept)) ? nil : cleaned(kept, bytes: 256)
        }
    }

    private static func mayHoldSecret(_ text: String) -> Bool {
        MisplacedSecret(in: text) != nil || MisplacedSecret.mayHoldRandomPart(text)
    }

    /// With the address that a question was decided by, whatever text it came as: what is recorded gives the same verdict again.
    func decided(by address: IPAddress?) -> UseContext {
        address == self.address ? self : UseContext(address: address, method: method, path: path)
    }

    public var clientAddress: String? { address?.description }

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
