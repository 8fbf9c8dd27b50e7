public import Bytes
internal import KeyEvents

/// The source of a use. It is personal: the log stores it sealed. Of the address nothing but an IP address is kept
/// (`IPAddress.init(endpoint:)`). A method or path that contains a key's secret (`MisplacedSecret`), or a text that may be the random
/// part of one, is left out: a customer's strange request is no reason to refuse the call, and this initializer has no ledger to look
/// it up in.
public struct UseContext: Equatable, Sendable {
    /// The address that the use came from; `nil` where it is not known.
    public let address: IPAddress?
    /// The HTTP method, at most 16 bytes; `nil` where it is not known or was left out.
    public let method: String?
    /// The path without its query, at most 256 bytes; `nil` where it is not known or was left out.
    public let path: String?

    /// Reads a context from text.
    ///
    /// - Parameters:
    ///   - clientAddress: the address as it was forwarded, with or without a port; text that is no address counts as none.
    ///   - method: the HTTP method.
    ///   - path: the path; a query and a fragment are removed.
    public init(clientAddress: String? = nil, method: String? = nil, path: String? = nil) {
        self.init(address: clientAddress.flatMap { IPAddress(endpoint: $0) }, method: method, path: path)
    }

    /// Makes a context.
    ///
    /// - Parameters:
    ///   - address: the address that the use came from; `nil` where it is not known.
    ///   - method: the HTTP method.
    ///   - path: the path; a query and a fragment are removed.
    public init(address: IPAddress?, method: String? = nil, path: String? = nil) {
        self.address = address
        self.method = method.flatMap { Self.mayHoldSecret($0) ? nil : cleaned($0, bytes: 16) }
        // Query strings carry secrets. The path is cut by bytes, since a combining mark after the question mark makes another character
        // of it.
        self.path = path.flatMap { path in
            let kept = Substring(path.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
            return Self.mayHoldSecret(String(kept)) ? nil : cleaned(kept, bytes: 256)
        }
    }

    private static func mayHoldSecret(_ text: String) -> Bool {
        MisplacedSecret(in: text) != nil || MisplacedSecret.mayHoldRandomPart(text)
    }

    /// Returns the context without a method or path that holds a secret with this prefix, or a piece of one.
    func withoutSecrets(prefix: String) -> UseContext {
        func holdsSecret(_ text: String?) -> Bool { text.map { MisplacedSecret(in: $0, prefix: prefix) != nil } ?? false }
        let (isMethodBad, isPathBad) = (holdsSecret(method), holdsSecret(path))
        guard isMethodBad || isPathBad else { return self }
        return UseContext(address: address, method: isMethodBad ? nil : method, path: isPathBad ? nil : path)
    }

    /// Returns the context with the address by which the verdict was decided, so that the recorded use gives the same verdict again.
    func decided(by address: IPAddress?) -> UseContext {
        address == self.address ? self : UseContext(address: address, method: method, path: path)
    }

    /// The address as text; `nil` where it is not known.
    public var clientAddress: String? { address?.description }

    var personal: PersonalFields { PersonalFields(clientAddress: clientAddress, method: method, path: path) }
}

/// Returns a text without control characters, cut to no more than `bytes` of UTF-8 at a character boundary.
func cleaned(_ text: some StringProtocol, bytes: Int) -> String {
    // Nearly every text needs no change.
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
