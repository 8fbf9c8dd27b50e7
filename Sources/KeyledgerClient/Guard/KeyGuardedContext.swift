public import Hummingbird

/// A request context that tells handlers who the caller is.
public protocol KeyGuardedContext: RemoteAddressRequestContext {
    /// The caller, set by `KeyGuard`; `nil` on a route without one.
    var caller: KeyCaller? { get set }
}

extension KeyGuardedContext {
    /// Returns the verified key behind the call, for handlers that need one.
    ///
    /// - Returns: The key that the ledger has verified.
    /// - Throws: A `KeyRefusal` with the status 503 when the caller is not verified, and an `HTTPError` with the status 500 on
    ///   a route without a guard.
    public func requireKey() throws -> KeyIdentity {
        switch caller {
        case .verified(let key): return key
        case .unverified: throw KeyRefusal.unavailable()
        case nil: throw HTTPError(.internalServerError)
        }
    }
}
