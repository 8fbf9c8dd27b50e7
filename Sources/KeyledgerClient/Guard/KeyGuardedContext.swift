public import Hummingbird

/// A request context that tells handlers who calls.
public protocol KeyGuardedContext: RemoteAddressRequestContext {
    /// Set by `KeyGuard`; `nil` on a route without one.
    var caller: KeyCaller? { get set }
}

extension KeyGuardedContext {
    /// The verified key behind the call, for handlers that need one. Throws 503 where the caller is not verified, and 500 on a
    /// route without a guard.
    public func requireKey() throws -> KeyIdentity {
        switch caller {
        case .verified(let key): return key
        case .unverified: throw KeyRefusal.unavailable()
        case nil: throw HTTPError(.internalServerError)
        }
    }
}
