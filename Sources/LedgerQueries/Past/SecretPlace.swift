package import KeyEvents

/// Which secret of which key.
package struct SecretPlace {
    package let key: KeyID
    package let number: UInt32
}
