/// Whoever holds the data keys reads personal fields; the ledger's folds are given one of these and know nothing of keys.
public protocol PersonalFieldsOpener: Sendable {
    /// `nil` when the data key is destroyed or the bytes do not authenticate.
    func open(_ sealed: SealedFields, keyID: KeyID, accountID: AccountID) -> PersonalFields?
}
