public import Bytes
public import Crypto
internal import SwiftProtobuf

/// A key under which a bounded number of messages is sealed. It is derived from a data key by HKDF-Expand (RFC 5869), so that
/// random nonces never come near the number that one key allows.
public struct MessageKey: Sendable {
    /// The maximum number of messages that one key may seal: among 2^20 random nonces two are equal with a probability of 2^-57.
    public static let maxMessages = 1 << 20

    fileprivate let salt: Bytes16
    fileprivate let key: SymmetricKey

    /// Derives the key.
    ///
    /// - Parameters:
    ///   - dataKey: The data key, 32 bytes.
    ///   - salt: A salt drawn at random, which is stored with every message.
    public init(of dataKey: SymmetricKey, salt: Bytes16) {
        self.salt = salt
        key = HKDF<SHA256>.expand(
            pseudoRandomKey: dataKey, info: Array("keyledger sealed fields 2".utf8) + salt.bytes, outputByteCount: 32)
    }
}

/// Encryption and decryption of personal fields. The constructions are those that `Schemas/keyledger/v1/events.proto` defines for
/// `Sealed`.
extension SealedFields {
    /// The length of a nonce in bytes. A nonce seals one message per key; the caller draws it at random.
    public static let nonceBytes = 12
    private static let tagBytes = 16
    private static let saltBytes = 16

    /// Encrypts personal fields for an event (construction 2).
    ///
    /// - Parameters:
    ///   - fields: The personal fields.
    ///   - dataKeyID: The id of the data key that `key` is derived from.
    ///   - key: The key to seal under.
    ///   - nonce: 12 random bytes.
    ///   - event: The event as it will be recorded, without the sealed fields.
    /// - Returns: The sealed fields; the ciphertext is salt (16 bytes) ‖ nonce (12) ‖ ciphertext ‖ tag (16).
    /// - Throws: `CryptoKitError.incorrectParameterSize` unless `nonce` has 12 bytes.
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
        // A nonce of 12 bytes gives the combined form, in this order.
        guard let combined = box.combined else { throw CryptoKitError.incorrectParameterSize }
        return SealedFields(dataKeyID: dataKeyID, ciphertext: key.salt.bytes + combined, construction: .ofRecord(binding))
    }

    /// Decrypts the fields.
    ///
    /// - Parameters:
    ///   - key: The data key.
    ///   - keyID: The key that the fields are about.
    ///   - accountID: The account that the key belongs to.
    /// - Returns: `nil` where the bytes do not authenticate under this data key, for this key id and account, and for the record.
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
    /// Writes the `Personal` message. Maps are ordered, so that the same fields, key and nonce give the same bytes: a nonce that
    /// is used twice by mistake reveals nothing new.
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
    /// Creates the counts from a message; `nil` where the message holds none.
    fileprivate init?(_ wire: WirePersonal) {
        guard !wire.addresses.isEmpty || wire.otherAddresses > 0 else { return nil }
        self.init(
            entries: wire.addresses.map { Entry(address: $0.hasAddress ? $0.address : nil, count: $0.count) }, others: wire.otherAddresses)
    }
}
