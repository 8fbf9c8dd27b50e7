internal import Bytes
internal import KeyEvents

/// Something that is done to a key and may end the session of whoever does it, because it takes away what the session rests on: the key,
/// the secret of it that the user signed in with, or the address that they come from. The pages say so before it is done.
enum SessionEnding {
    case revoking, disabling
    /// The secrets with these numbers end at once.
    case endingSecrets(Set<UInt32>)
    /// The key may be used from these addresses only; from any, where there is none.
    case restricting([String])

    /// Returns whether a session ends.
    ///
    /// - Parameters:
    ///   - basis: How the user of the session signed in.
    ///   - key: The key that it is done to.
    ///   - address: The address of the user; `nil` when it is not known.
    /// - Returns: `true` where the session can no longer be used from the address.
    func ends(_ basis: Session.Basis, of key: KeyID, from address: IPAddress?) -> Bool {
        guard case .key(key, let secret) = basis else { return false }
        switch self {
        case .revoking, .disabling: return true
        case .endingSecrets(let secrets): return secrets.contains(secret)
        case .restricting(let networks):
            return !networks.isEmpty && !networks.contains { network in address.map { IPNetwork(network)?.contains($0) ?? false } ?? false }
        }
    }

    /// The sentences that warn the user, behind those words that they are signed in with the key.
    var warning: String {
        switch self {
        case .revoking: "Revoking it signs you out at once, and you need another key to sign in again."
        case .disabling: "Disabling it signs you out at once, and you need another key to sign in again, and to enable this one."
        case .endingSecrets:
            "The secret that you signed in with ends now, which signs you out. Sign in again with the new secret that you are shown."
        case .restricting:
            "Your own address is not among those that it may be used from then, so saving signs you out at once. To sign in again you need"
                + " another key, or to come from another place."
        }
    }
}
