internal import Bytes
internal import SwiftProtobuf

/// The encoding of a key's state as it is stored: the `KeySnapshot` message of `Schemas/keyledger/v1/state.proto`.
///
/// The same state always gives the same bytes, since a rebuilt table is compared with the live one entry by entry: fields stand
/// in the order of their numbers, and nothing in the message is a map.
public enum KeyStateCodec {
    /// Encodes a state.
    ///
    /// - Parameter state: The state.
    /// - Returns: The bytes of the message.
    public static func encode(_ state: KeyState) -> [UInt8] {
        var wire = WireKeySnapshot()
        wire.keyID = wireBytes(state.id.raw.bytes)
        wire.accountID = state.accountID.description
        wire.environment = state.environment
        wire.createdAt = state.createdAt.microseconds
        wire.createdPosition = state.createdPosition
        if let sealed = state.sealedName {
            wire.sealedName = WireSealed(sealed)
            wire.nameBinding = wireBytes(sealed.binding)
        }
        // An absent field means that the metadata are sealed with the name. A present and empty field means that there are none
        // although there is a name.
        if state.sealedMetadata != state.sealedName {
            wire.sealedMetadata = state.sealedMetadata.map(WireSealed.init) ?? WireSealed()
            wire.metadataBinding = wireBytes(state.sealedMetadata?.binding ?? [])
        }
        wire.secrets = state.secrets.map(WireKeySecret.init)
        wire.scopes = state.scopes
        wire.permissions = state.permissions.map(\.rawValue)
        if let expiresAt = state.expiresAt { wire.expiresAt = expiresAt.microseconds }
        wire.disabled = state.isDisabled
        if let end = state.end { wire.end = WireKeyEnd(end) }
        wire.changedPosition = state.changedPosition
        if let sealed = state.sealedAllowlist {
            let isNames = sealed == state.sealedName
            wire.sealedIpAllowlist = isNames ? WireSealed() : WireSealed(sealed)
            wire.ipAllowlistBinding = wireBytes(isNames ? [] : sealed.binding)
        }
        do {
            return try wire.serializedBytes()
        } catch {
            // Only required fields, extensions and messages beyond 2 GB can fail; a snapshot has none of them.
            preconditionFailure("a key's state could not be encoded: \(error)")
        }
    }

    /// Decodes a state.
    ///
    /// - Parameter bytes: The bytes of the message.
    /// - Returns: `nil` for bytes that this version did not write.
    public static func decode(_ bytes: [UInt8]) -> KeyState? { decode(bytes.span) }

    /// Decodes a state that lies in memory of another owner, for instance of a transaction.
    ///
    /// - Parameter bytes: The bytes of the message.
    /// - Returns: `nil` for bytes that this version did not write.
    public static func decode(_ bytes: Span<UInt8>) -> KeyState? {
        guard let wire = try? unsafe WireKeySnapshot(serializedBytes: bytes.bytes), let id = Bytes16(wire.keyID),
            let accountID = AccountID(wire.accountID)
        else { return nil }
        var secrets: [KeySecret] = []
        for secret in wire.secrets {
            guard let secret = KeySecret(secret) else { return nil }
            secrets.append(secret)
        }
        var permissions: [Permission] = []
        for name in wire.permissions {
            guard let permission = Permission(rawValue: name) else { return nil }
            permissions.append(permission)
        }
        let sealedName = wire.hasSealedName ? SealedFields(wire.sealedName, [UInt8](wire.nameBinding)) : nil
        var state = KeyState(
            id: KeyID(id), accountID: accountID, environment: wire.environment, createdAt: Timestamp(microseconds: wire.createdAt),
            createdPosition: wire.createdPosition, sealedName: sealedName,
            sealedMetadata: wire.hasSealedMetadata ? SealedFields(wire.sealedMetadata, [UInt8](wire.metadataBinding)) : sealedName,
            secrets: secrets, scopes: wire.scopes,
            permissions: permissions, expiresAt: wire.hasExpiresAt ? Timestamp(microseconds: wire.expiresAt) : nil)
        if wire.hasSealedIpAllowlist {
            state.sealedAllowlist = SealedFields(wire.sealedIpAllowlist, [UInt8](wire.ipAllowlistBinding)) ?? sealedName
        }
        state.isDisabled = wire.disabled
        state.changedPosition = wire.changedPosition
        if wire.hasEnd {
            guard let end = KeyState.End(wire.end) else { return nil }
            state.end = end
        }
        return state
    }
}

extension WireSealed {
    fileprivate init(_ sealed: SealedFields) {
        self.init()
        dataKeyID = wireBytes(sealed.dataKeyID.bytes)
        ciphertext = wireBytes(sealed.ciphertext)
        construction = sealed.constructionNumber
    }
}

extension SealedFields {
    fileprivate init?(_ wire: WireSealed, _ binding: [UInt8]) {
        guard let id = Bytes16(wire.dataKeyID) else { return nil }
        self.init(dataKeyID: id, ciphertext: [UInt8](wire.ciphertext), number: wire.construction, binding: binding)
    }

    fileprivate var binding: [UInt8] { if case .ofRecord(let binding) = construction { binding } else { [] } }
}

extension WireSecret {
    fileprivate init(_ secret: SecretRecord) {
        self.init()
        id = secret.id
        digest = wireBytes(secret.digest.bytes)
        algorithm =
            switch secret.algorithm {
            case .sha256: .sha256
            }
        hint = secret.hint
    }
}

extension WireKeySecret {
    fileprivate init(_ secret: KeySecret) {
        self.init()
        self.secret = WireSecret(secret.record)
        addedAt = secret.addedAt.microseconds
        if let date = secret.retirement?.date { retireAt = date.microseconds }
        retireWhenNewerUsed = secret.retirement?.comesWithUse ?? false
        if let date = secret.retiredAt { retiredAt = date.microseconds }
    }
}

extension KeySecret {
    fileprivate init?(_ wire: WireKeySecret) {
        guard let record = try? SecretRecord(wire.secret) else { return nil }
        let retirement = SecretRetirement(
            at: wire.hasRetireAt ? Timestamp(microseconds: wire.retireAt) : nil, whenNewerIsUsed: wire.retireWhenNewerUsed)
        self.init(
            record: record, addedAt: Timestamp(microseconds: wire.addedAt), retirement: retirement,
            retiredAt: wire.hasRetiredAt ? Timestamp(microseconds: wire.retiredAt) : nil)
    }
}

extension WireKeyEnd {
    fileprivate init(_ end: KeyState.End) {
        self.init()
        switch end {
        case .revoked(let date, let code):
            kind = .revoked
            at = date.microseconds
            reasonCode = code
        case .expired(let date):
            kind = .expired
            at = date.microseconds
        }
    }
}

extension KeyState.End {
    fileprivate init?(_ wire: WireKeyEnd) {
        let date = Timestamp(microseconds: wire.at)
        switch wire.kind {
        case .revoked: self = .revoked(at: date, reasonCode: wire.reasonCode)
        case .expired: self = .expired(at: date)
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }
}
