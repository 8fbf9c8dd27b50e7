public import Crypto
internal import SwiftProtobuf

/// AES-256-GCM over the encoded `Personal` message. Authenticated with it, unencrypted: the key id's 16 bytes, then the account
/// id as UTF-8. So sealed fields that are moved to a record of another key or account no longer open.
extension SealedFields {
    /// Bytes of a nonce. Each nonce seals once per data key; the caller draws it at random.
    public static let nonceBytes = 12
    private static let tagBytes = 16

    /// Throws `CryptoKitError.incorrectParameterSize` unless `nonce` has 12 bytes and `key` 128, 192 or 256 bits.
    public static func seal(
        _ fields: PersonalFields, dataKeyID: Bytes16, key: SymmetricKey, nonce: [UInt8], keyID: KeyID, accountID: AccountID
    ) throws -> SealedFields {
        guard nonce.count == nonceBytes else { throw CryptoKitError.incorrectParameterSize }
        // Ordered, so that the same fields, key and nonce give the same bytes: a nonce used twice by mistake says nothing new.
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        let plain: [UInt8] = try WirePersonal(fields).serializedBytes(options: options)
        let box = try AES.GCM.seal(
            plain, using: key, nonce: AES.GCM.Nonce(data: nonce), authenticating: authenticated(keyID, accountID))
        // There for a nonce of 12 bytes, in this order.
        guard let combined = box.combined else { throw CryptoKitError.incorrectParameterSize }
        return SealedFields(dataKeyID: dataKeyID, ciphertext: Array(combined))
    }

    /// `nil` when the bytes do not authenticate under this key, for this key id and account.
    public func open(key: SymmetricKey, keyID: KeyID, accountID: AccountID) -> PersonalFields? {
        guard ciphertext.count >= Self.nonceBytes + Self.tagBytes,
            let box = try? AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: ciphertext.prefix(Self.nonceBytes)),
                ciphertext: ciphertext.dropFirst(Self.nonceBytes).dropLast(Self.tagBytes), tag: ciphertext.suffix(Self.tagBytes)),
            let plain = try? AES.GCM.open(box, using: key, authenticating: Self.authenticated(keyID, accountID)),
            let wire = try? WirePersonal(serializedBytes: plain)
        else { return nil }
        return PersonalFields(wire)
    }

    private static func authenticated(_ keyID: KeyID, _ accountID: AccountID) -> [UInt8] {
        keyID.raw.bytes + Array(accountID.description.utf8)
    }
}

extension WirePersonal {
    fileprivate init(_ fields: PersonalFields) {
        self.init()
        if let name = fields.name { self.name = name }
        if let metadata = fields.metadata { self.metadata.entries = metadata }
        if let reason = fields.reason { self.reason = reason }
        if let actorLabel = fields.actorLabel { self.actorLabel = actorLabel }
        if let clientAddress = fields.clientAddress { self.clientAddress = clientAddress }
        if let method = fields.method { self.method = method }
        if let path = fields.path { self.path = path }
        if let ipAllowlist = fields.ipAllowlist { self.ipAllowlist.cidr = ipAllowlist }
    }
}

extension PersonalFields {
    fileprivate init(_ wire: WirePersonal) {
        self.init(
            name: wire.hasName ? wire.name : nil, metadata: wire.hasMetadata ? wire.metadata.entries : nil,
            reason: wire.hasReason ? wire.reason : nil, actorLabel: wire.hasActorLabel ? wire.actorLabel : nil,
            clientAddress: wire.hasClientAddress ? wire.clientAddress : nil, method: wire.hasMethod ? wire.method : nil,
            path: wire.hasPath ? wire.path : nil, ipAllowlist: wire.hasIpAllowlist ? wire.ipAllowlist.cidr : nil)
    }
}
