public import Bytes
public import KeyEvents

/// What a calling service asks about a key, beyond "is this key valid?".
public struct AccessCheck: Equatable, Sendable {
    /// The scopes that the call needs. The key's scopes must permit all of them.
    public var scopes: [String]
    /// The environment that the key must belong to, such as `live`. A key of another environment gets `NOT_FOUND`. `nil` accepts
    /// a key of any environment.
    public var environment: String?
    /// The account whose keys the caller may know of. A key of another account gets `NOT_FOUND`. `nil` means the keys of every
    /// account.
    public var account: AccountID?

    /// The address that the call comes from. `nil` means that it is not known; a key with an IP allowlist is refused then.
    public var address: IPAddress?

    /// Creates a question; with the default arguments it asks only whether the key is valid.
    ///
    /// - Parameters:
    ///   - scopes: The scopes that the call needs.
    ///   - environment: The environment that the key must belong to; `nil` for any.
    ///   - account: The account whose keys the caller may know of; `nil` for every account.
    ///   - address: The address that the call comes from; `nil` where it is not known.
    public init(scopes: [String] = [], environment: String? = nil, account: AccountID? = nil, address: IPAddress? = nil) {
        self.address = address
        self.scopes = scopes
        self.environment = environment
        self.account = account
    }
}
