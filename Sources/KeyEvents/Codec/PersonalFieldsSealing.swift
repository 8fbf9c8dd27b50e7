public import Bytes
public import Crypto
internal import SwiftProtobuf

/// The key under which some messages are sealed: derived from a data key, so that random nonces never come near the number that one key
/// takes.
public struct MessageKey: Sendable {
    /// Messages that one may seal: of 2^20 random nonces two are the same with a chance of 2^-57.
    public static let mostMessages = 1 << 20

    fileprivate let salt: Bytes16
    fileprivate let key: SymmetricKey

    /// `salt`: drawn at random.
    public init(of dataKey: SymmetricKey, salt: Bytes16) {
        self.salt = salt
        key = HKDF<SHA256>.expand(
            pseudoRandomKey: dataKey, info: Array("keyledger sealed fields 2".utf8) + salt.bytes, outputByteCount: 32)
    }
}

/// The constructions are those that `Schemas/keyledger/v1/events.proto` says of `Sealed`.
extension SealedFields {
    /// Bytes of a nonce. Each nonce seals once per key; the caller draws it at random.
    public static let nonceBytes = 12
    private static let tagBytes = 16
    private static let saltBytes = 16

    /// Seals `fields` for `event`, which is as it will be recorded but for them.
    ///
    /// Throws `CryptoKitError.incorrectParameterSize` unless `nonce` has 12 bytes.
    public static func seal(
        _ fields: PersonalFields, dataKeyID: Bytes16, key: MessageKey, nonce: [UInt8], for event: Event
    ) throws -> SealedFields {
        guard nonce.count == nonceBytes else { throw CryptoKitError.incorrectParameterSize }
        var plain = WireWriter(reserving: 64)
        plain.personal(fields)
        let binding = event.sealedBinding
        let box = try AES.GCM.seal(
            plain.bytes, using: key.key, nonce: AES.GCM.Nonce(data: nonce),
            authenticating: authenticated(event.keyID, event.accountID, binding))
        // There for a nonce of 12 bytes, in this order.
        guard let combined = box.combined else { throw CryptoKitError.incorrectParameterSize }
        return SealedFields(dataKeyID: dataKeyID, ciphertext: key.salt.bytes + combined, construction: .ofRecord(binding))
    }

    /// `nil` when the bytes do not authenticate under this data key, for this key id and account, and for the record.
    public func open(key: SymmetricKey, keyID: KeyID, accountID: AccountID) -> PersonalFields? {
        switch construction {
        case .ofDataKey:
            return Self.open(ciphertext[...], key, keyID.raw.bytes + Array(accountID.description.utf8))
        case .ofRecord(let binding):
            guard let salt = Bytes16(ciphertext.prefix(Self.saltBytes)) else { return nil }
            return Self.open(
                ciphertext.dropFirst(Self.saltBytes), MessageKey(of: key, salt: salt).key, Self.authenticated(keyID, accountID, binding))
        case .newer: return nil
        }
    }

    private static func open(_ sealed: ArraySlice<UInt8>, _ key: SymmetricKey, _ authenticated: [UInt8]) -> PersonalFields? {
        guard sealed.count >= nonceBytes + tagBytes,
            let box = try? AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: sealed.prefix(nonceBytes)),
                ciphertext: sealed.dropFirst(nonceBytes).dropLast(tagBytes), tag: sealed.suffix(tagBytes)),
            let plain = try? AES.GCM.open(box, using: key, authenticating: authenticated),
            let wire = try? WirePersonal(serializedBytes: plain)
        else { return nil }
        return PersonalFields(wire)
    }

    private static func authenticated(_ keyID: KeyID, _ accountID: AccountID, _ binding: [UInt8]) -> [UInt8] {
        let account = accountID.description.utf8
        return keyID.raw.bytes + [UInt8(truncatingIfNeeded: account.count)] + Array(account) + binding
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
