/// The rules that decide about a presentation of a key, on its state alone: what the validation index answers quickly, said plainly, so
/// that whoever folds the log can decide again.
extension KeyState {
    /// Why a presentation of the secret numbered `secretID` is refused at `now`, in the order of the verdicts; `nil`: for nothing that
    /// stands in the clear. The IP allowlist is sealed, so it is not judged. `environment` and `scopes`: as they were asked for.
    public func refusal(of secretID: UInt32, environment: String?, scopes: [String], at now: Timestamp) -> RefusalCode? {
        if let environment, !environment.utf8.elementsEqual(self.environment.utf8) { return .notFound }
        let secret = secrets.first { $0.record.id == secretID }
        let status = status(at: now)
        if status == .revoked || !(secret?.isLive(at: now) ?? false) { return .revoked }
        if status == .expired { return .expired }
        if isDisabled { return .disabled }
        return scopes.allSatisfy(permits) ? nil : .insufficientScope
    }

    /// Whether some scope held permits `asked`.
    public func permits(_ asked: String) -> Bool {
        scopes.contains { Scope.permits(held: $0.utf8.span, asked: asked.utf8.span) }
    }

    /// Whether the key may do this to Keyledger; `admin` stands for all.
    public func holds(_ permission: Permission) -> Bool { permissions.contains(permission) || permissions.contains(.admin) }

    /// Whether an accepted use of the secret numbered `id` ends older ones.
    public func retiresOlder(withUseOf id: UInt32) -> Bool {
        secrets.first { $0.record.id == id }.map(retiresOlder) ?? false
    }
}
