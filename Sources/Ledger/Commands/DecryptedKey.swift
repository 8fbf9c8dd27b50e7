public import KeyEvents

/// A key with its personal fields opened.
public struct DecryptedKey: Sendable {
    /// The key's state, in which the personal fields are sealed.
    public let state: KeyState
    /// The name of the key; `nil` once the account's data key is destroyed.
    public let name: String?
    /// The metadata of the key; empty where there is none, or where it can no longer be read.
    public let metadata: [String: String]
    /// Whether an empty `metadata` means that there is none; false where it can no longer be read.
    public let isMetadataReadable: Bool
    /// The networks from which the key may be used, in CIDR notation; empty for any. `nil` where there is a list that cannot be read:
    /// then the key is refused everywhere.
    public let ipAllowlist: [String]?

    package init(_ state: KeyState, _ vault: Vault) {
        self.state = state
        let personal = state.personal(vault)
        name = personal.name
        metadata = personal.metadata ?? [:]
        isMetadataReadable =
            personal.metadata != nil
            || (state.sealedMetadata == state.sealedName
                ? personal.name != nil || state.sealedName == nil
                : state.sealedMetadata.map { vault.openIfPossible($0, keyID: state.id, accountID: state.accountID) != nil } ?? true)
        ipAllowlist = state.sealedAllowlist == nil ? [] : personal.ipAllowlist
    }
}

extension KeyState {
    /// The personal fields of the state, as far as they can be opened.
    package func personal(_ decryptor: some PersonalFieldsDecryptor) -> PersonalFields {
        let naming = sealedName.flatMap { decryptor.openIfPossible($0, keyID: id, accountID: accountID) }
        let describing =
            sealedMetadata == sealedName ? naming : sealedMetadata.flatMap { decryptor.openIfPossible($0, keyID: id, accountID: accountID) }
        let restricting =
            sealedAllowlist == sealedName
            ? naming : sealedAllowlist.flatMap { decryptor.openIfPossible($0, keyID: id, accountID: accountID) }
        return PersonalFields(name: naming?.name, metadata: describing?.metadata, ipAllowlist: restricting?.ipAllowlist)
    }
}
