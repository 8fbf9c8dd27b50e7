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
        var plain = WireWriter(reserving: 64)
        plain.personal(fields)
        let box = try AES.GCM.seal(
            plain.bytes, using: key, nonce: AES.GCM.Nonce(data: nonce), authenticating: authenticated(keyID, accountID))
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

extension WireWriter {
    /// The `Personal` message. Maps are ordered, so that the same fields, key and nonce give the same bytes: a nonce used twice by
    /// mistake says nothing new.
    mutating func personal(_ fields: PersonalFields) {
        if let name = fields.name { present(WireField.Personal.name, name) }
        if let metadata = fields.metadata {
            message(WireField.Personal.metadata) { writer in
                for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
                    writer.message(WireField.Metadata.entries) { writer in
                        writer.present(WireField.MapEntry.key, key)
                        writer.present(WireField.MapEntry.value, value)
                    }
                }
            }
        }
        if let reason = fields.reason { present(WireField.Personal.reason, reason) }
        if let actorLabel = fields.actorLabel { present(WireField.Personal.actorLabel, actorLabel) }
        if let clientAddress = fields.clientAddress { present(WireField.Personal.clientAddress, clientAddress) }
        if let method = fields.method { present(WireField.Personal.method, method) }
        if let path = fields.path { present(WireField.Personal.path, path) }
        if let ipAllowlist = fields.ipAllowlist {
            message(WireField.Personal.ipAllowlist) { writer in
                for network in ipAllowlist { writer.present(WireField.AddressList.cidr, network) }
            }
        }
        for entry in fields.addresses?.entries ?? [] {
            message(WireField.Personal.addresses) { writer in
                if let address = entry.address { writer.present(WireField.AddressCount.address, address) }
                writer.number(WireField.AddressCount.count, entry.count)
            }
        }
        number(WireField.Personal.otherAddresses, fields.addresses?.others ?? 0)
    }
}

extension PersonalFields {
    fileprivate init(_ wire: WirePersonal) {
        self.init(
            name: wire.hasName ? wire.name : nil, metadata: wire.hasMetadata ? wire.metadata.entries : nil,
            reason: wire.hasReason ? wire.reason : nil, actorLabel: wire.hasActorLabel ? wire.actorLabel : nil,
            clientAddress: wire.hasClientAddress ? wire.clientAddress : nil, method: wire.hasMethod ? wire.method : nil,
            path: wire.hasPath ? wire.path : nil, ipAllowlist: wire.hasIpAllowlist ? wire.ipAllowlist.cidr : nil,
            addresses: AddressCounts(wire))
    }
}

extension AddressCounts {
    /// `nil` where the fields say nothing of it.
    fileprivate init?(_ wire: WirePersonal) {
        guard !wire.addresses.isEmpty || wire.otherAddresses > 0 else { return nil }
        self.init(
            entries: wire.addresses.map { Entry(address: $0.hasAddress ? $0.address : nil, count: $0.count) }, others: wire.otherAddresses)
    }
}
