public import Bytes
internal import EventLog
internal import KeyEvents

/// The first line of a bundle: of which log it is, and which tree its records and proofs belong to.
public struct BundleHeader: Equatable, Sendable {
    /// Whether the bundle holds the whole log or a part of it.
    public enum Kind: String, Sendable {
        /// The whole log, or a part of it.
        case whole, part
    }

    /// The records that a part was to hold; a `nil` field selects nothing.
    public struct Filter: Equatable, Sendable, Decodable {
        /// The first position.
        public var from: UInt64?
        /// The position after the last one.
        public var to: UInt64?
        /// The account of the records.
        public var account: String?
        /// The key of the records.
        public var key: String?

        /// Makes a filter.
        ///
        /// - Parameters:
        ///   - from: the first position.
        ///   - to: the position after the last one.
        ///   - account: the account of the records.
        ///   - key: the key of the records.
        public init(from: UInt64? = nil, to: UInt64? = nil, account: String? = nil, key: String? = nil) {
            self.from = from
            self.to = to
            self.account = account
            self.key = key
        }
    }

    /// Whether the bundle holds the whole log or a part of it.
    public let kind: Kind
    /// The origin that names the log in its checkpoints.
    public let origin: String
    /// The id of the log.
    public let logID: Bytes16
    /// The prefix of the ledger's secrets.
    public let keyPrefix: String
    /// The features that a reader must know (`LogFeature`).
    public let requires: [String]
    /// The verifier key of the ledger that wrote the bundle; `nil` where the ledger had no signing key at hand and not everything in
    /// the bundle is signed.
    public let verifierKey: String?
    /// The size of the tree, in records.
    public let size: UInt64
    /// The root of the tree.
    public let root: Digest32
    /// The records that a part was to hold; `nil` in a whole bundle.
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
