/// The rules for presentations of a key, applied to its state alone. The validation index gives the same results quickly; these
/// are the rules for code that folds the log and decides again.
extension KeyState {
    /// Returns the reason for which a presentation of a secret is refused. The rules are applied in the order of the verdicts.
    /// The IP allowlist is sealed, so it is not considered.
    ///
    /// - Parameters:
    ///   - secretID: The number of the presented secret.
    ///   - environment: The environment that the call asked for; `nil` for any.
    ///   - scopes: The scopes that the call needed.
    ///   - now: The time of the decision.
    /// - Returns: `nil` where nothing that is stored in the clear speaks against the presentation.
    public func refusal(of secretID: UInt32, environment: String?, scopes: [String], at now: Timestamp) -> RefusalCode? {
        if let environment, !environment.utf8.elementsEqual(self.environment.utf8) { return .notFound }
        let secret = secrets.first { $0.record.id == secretID }
        let status = status(at: now)
        if status == .revoked || !(secret?.isLive(at: now) ?? false) { return .revoked }
        if status == .expired { return .expired }
        if isDisabled { return .disabled }
        return scopes.allSatisfy(permits) ? nil : .insufficientScope
    }

    /// Returns whether the key's scopes permit a scope.
    ///
    /// - Parameter asked: The scope that a call needs.
    /// - Returns: `true` where at least one of the key's scopes permits it.
    public func permits(_ asked: String) -> Bool {
        scopes.contains { Scope.permits(held: $0.utf8.span, asked: asked.utf8.span) }
    }

    /// Returns whether the key has a permission for Keyledger itself; `admin` includes all others.
    ///
    /// - Parameter permission: The permission.
    /// - Returns: `true` where the key has the permission, or `admin`.
    public func holds(_ permission: Permission) -> Bool { permissions.contains(permission) || permissions.contains(.admin) }

    /// Returns whether an accepted use of a secret ends older ones.
    ///
    /// - Parameter id: The number of the secret.
    /// - Returns: `true` where an older secret ends with the use; `false` also where the key has no such secret.
    public func retiresOlder(withUseOf id: UInt32) -> Bool {
        secrets.first { $0.record.id == id }.map(retiresOlder) ?? false
    }
}
