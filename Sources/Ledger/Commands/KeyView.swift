public import KeyEvents

/// A key with its personal fields readable.
public struct KeyView: Sendable {
    public let state: KeyState
    /// `nil` once the account's data key is destroyed.
    public let name: String?
    public let metadata: [String: String]
    /// Whether `metadata` is empty because there is none, or because it can no longer be read.
    public let isMetadataReadable: Bool
    /// CIDR; empty: the key may be used from anywhere. `nil` where there is one that cannot be read: then the key is refused everywhere.
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
    /// Opens what is sealed, as far as it can be.
    package func personal(_ opener: some PersonalFieldsOpener) -> PersonalFields {
        let naming = sealedName.flatMap { opener.openIfPossible($0, keyID: id, accountID: accountID) }
        let describing =
            sealedMetadata == sealedName ? naming : sealedMetadata.flatMap { opener.openIfPossible($0, keyID: id, accountID: accountID) }
        let restricting =
            sealedAllowlist == sealedName ? naming : sealedAllowlist.flatMap { opener.openIfPossible($0, keyID: id, accountID: accountID) }
        return PersonalFields(name: naming?.name, metadata: describing?.metadata, ipAllowlist: restricting?.ipAllowlist)
    }
}
