internal import Crypto
internal import KeyEvents
internal import Synchronization

/// The forms that were sent when their sessions had ended, kept in memory for a short time: one of each session, by the token in its
/// form, which the browser shows again in a cookie.
final class KeptForms: Sendable {
    /// The maximum size of all forms, in bytes of their names and values.
    private static let maxTotalBytes = 8 << 20

    private let forms = Mutex<[SHA256Digest: KeptForm]>([:])

    /// Keeps a form, in place of an earlier one with the same token. There may be no room for it.
    ///
    /// - Parameters:
    ///   - form: The form.
    ///   - token: The token in the form, which was checked.
    ///   - now: The time by the ledger's clock.
    /// - Returns: Whether the form is kept.
    func keep(_ form: KeptForm, _ token: String, at now: Timestamp) -> Bool {
        forms.withLock { forms in
            let digest = Self.digest(token)
            forms[digest] = nil
            var total = forms.values.reduce(0) { $0 + $1.form.byteCount }
            if total + form.form.byteCount > Self.maxTotalBytes {
                forms = forms.filter { $0.value.isFresh(at: now) }
                total = forms.values.reduce(0) { $0 + $1.form.byteCount }
            }
            guard total + form.form.byteCount <= Self.maxTotalBytes else { return false }
            forms[digest] = form
            return true
        }
    }

    /// Returns the form that is kept for a token and an account; `nil` when there is none.
    func form(_ token: String, of account: AccountID, at now: Timestamp) -> KeptForm? {
        forms.withLock { forms in
            let digest = Self.digest(token)
            guard let form = forms[digest] else { return nil }
            if !form.isFresh(at: now) { forms[digest] = nil }
            return form.isFresh(at: now) && form.account == account ? form : nil
        }
    }

    func forget(_ token: String) { forms.withLock { $0[Self.digest(token)] = nil } }

    private static func digest(_ token: String) -> SHA256Digest { SHA256.hash(data: Array(token.utf8)) }
}

extension KeptForm {
    fileprivate func isFresh(at now: Timestamp) -> Bool { now >= keptAt && now < keptAt + Self.lifetime }
}
