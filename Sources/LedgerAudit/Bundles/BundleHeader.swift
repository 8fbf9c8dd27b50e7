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
}

extension BundleHeader: Encodable {
    private enum CodingKeys: String, CodingKey {
        case bundle, requires, kind, origin, logId, keyPrefix, verifierKey, size, root, filter
    }

    /// Encodes the fields in the order that the format fixes; `requires` stands there only where the log needs a feature.
    ///
    /// - Parameter encoder: The encoder.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.bundle, BundleLine.format(requiring: requires))
        if !requires.isEmpty { try fields.set(.requires, requires) }
        try fields.set(.kind, kind.rawValue)
        try fields.set(.origin, origin)
        try fields.set(.logId, logID.hex)
        try fields.set(.keyPrefix, keyPrefix)
        try fields.set(.verifierKey, verifierKey)
        try fields.set(.size, size)
        try fields.set(.root, Base64.encode(root.bytes))
        try fields.set(.filter, filter)
    }
}

extension BundleHeader.Filter: Encodable {
    private enum CodingKeys: String, CodingKey {
        case from, to, account, key
    }

    /// Encodes all fields in the order that the format fixes, `null` for those that select nothing.
    ///
    /// - Parameter encoder: The encoder.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.from, from)
        try fields.set(.to, to)
        try fields.set(.account, account)
        try fields.set(.key, key)
    }
}
