/// A component that holds the data keys and decrypts personal fields with them. The ledger's folds are given one and know nothing
/// of keys.
public protocol PersonalFieldsDecryptor: Sendable {
    /// Decrypts personal fields.
    ///
    /// - Parameters:
    ///   - sealed: The sealed fields.
    ///   - keyID: The key that the fields are about.
    ///   - accountID: The account that the key belongs to.
    /// - Returns: `nil` where the data key is destroyed or the bytes do not authenticate.
    /// - Throws: An error where that cannot be known, for instance because the data key cannot be read now. Nothing may be
    ///   decided then.
    func open(_ sealed: SealedFields, keyID: KeyID, accountID: AccountID) throws -> PersonalFields?
}

extension PersonalFieldsDecryptor {
    /// Decrypts personal fields to show them to people. No decision may rest on the result.
    ///
    /// - Parameters:
    ///   - sealed: The sealed fields.
    ///   - keyID: The key that the fields are about.
    ///   - accountID: The account that the key belongs to.
    /// - Returns: `nil` also where the data key cannot be read now.
    public func openIfPossible(_ sealed: SealedFields, keyID: KeyID, accountID: AccountID) -> PersonalFields? {
        (try? open(sealed, keyID: keyID, accountID: accountID)) ?? nil
    }
}
