package import KeyEvents

/// A reference to one secret of a key.
package struct SecretReference {
    package let key: KeyID
    package let number: UInt32
}
