public import Bytes
internal import EventLog
internal import KeyEvents

/// The first line of a bundle: of which log it is, and which tree all its records and proofs belong to.
public struct BundleHeader: Equatable, Sendable {
    public enum Kind: String, Sendable {
        case whole, part
    }

    /// Which records a part was to hold; `nil` fields ask for nothing.
    public struct Filter: Equatable, Sendable, Decodable {
        /// Positions; `to` is the first that is not wanted any more.
        public var from: UInt64?
        public var to: UInt64?
        public var account: String?
        public var key: String?

        public init(from: UInt64? = nil, to: UInt64? = nil, account: String? = nil, key: String? = nil) {
            self.from = from
            self.to = to
            self.account = account
            self.key = key
        }
    }

    public let kind: Kind
    public let origin: String
    public let logID: Bytes16
    public let keyPrefix: String
    /// The features that a reader must know (`LogFeature`).
    public let requires: [String]
    /// Of the ledger that wrote the bundle; `nil`: it had no key to sign with, and not all that is in it is signed.
    public let verifierKey: String?
    public let size: UInt64
    public let root: Digest32
    public let filter: Filter?

    var text: String {
        let quoted = BundleLine.quoted
        var text = "{\"bundle\":\(quoted(BundleLine.format(requiring: requires)))"
        if !requires.isEmpty { text += ",\"requires\":[\(requires.map(quoted).joined(separator: ","))]" }
        text += ",\"kind\":\"\(kind.rawValue)\",\"origin\":\(quoted(origin))"
        text += ",\"logId\":\"\(logID.hex)\",\"keyPrefix\":\(quoted(keyPrefix)),\"verifierKey\":\(verifierKey.map(quoted) ?? "null")"
        text += ",\"size\":\(size),\"root\":\(quoted(Base64.encode(root.bytes))),\"filter\":"
        guard let filter else { return text + "null}" }
        text += "{\"from\":\(filter.from.map(String.init) ?? "null"),\"to\":\(filter.to.map(String.init) ?? "null")"
        return text + ",\"account\":\(filter.account.map(quoted) ?? "null"),\"key\":\(filter.key.map(quoted) ?? "null")}}"
    }
}
