internal import KeyEvents

/// Which secret of which key.
struct SecretPlace {
    let key: KeyID
    let number: UInt32
}
