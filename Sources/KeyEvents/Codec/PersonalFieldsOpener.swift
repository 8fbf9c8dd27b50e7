/// Whoever holds the data keys reads personal fields; the ledger's folds are given one of these and know nothing of keys.
public protocol PersonalFieldsOpener: Sendable {
    /// `nil` when the data key is destroyed or the bytes do not authenticate. Throws where that cannot be known, for instance because the
    /// data key cannot be read now: nothing may be decided then.
    func open(_ sealed: SealedFields, keyID: KeyID, accountID: AccountID) throws -> PersonalFields?
}

extension PersonalFieldsOpener {
    /// For people to look at: `nil` also where the data key cannot be read now. No decision may rest on it.
    public func openIfPossible(_ sealed: SealedFields, keyID: KeyID, accountID: AccountID) -> PersonalFields? {
        (try? open(sealed, keyID: keyID, accountID: accountID)) ?? nil
    }
}
