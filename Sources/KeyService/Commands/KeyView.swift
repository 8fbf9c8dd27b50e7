public import KeyEvents

/// A key with its personal fields readable.
public struct KeyView: Sendable {
    public let state: KeyState
    /// `nil` once the account's data key is destroyed.
    public let name: String?
    public let metadata: [String: String]

    init(_ state: KeyState, _ vault: Vault) {
        self.state = state
        let personal = state.personal(vault)
        name = personal.name
        metadata = personal.metadata ?? [:]
    }
}

extension KeyState {
    /// Opens what is sealed, as far as it can be.
    func personal(_ opener: some PersonalFieldsOpener) -> PersonalFields {
        let naming = sealedName.flatMap { opener.open($0, keyID: id, accountID: accountID) }
        let describing =
            sealedMetadata == sealedName ? naming : sealedMetadata.flatMap { opener.open($0, keyID: id, accountID: accountID) }
        return PersonalFields(name: naming?.name, metadata: describing?.metadata)
    }
}
