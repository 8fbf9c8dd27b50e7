internal import Ledger
internal import Validation

/// What a gateway asks about one request, as far as it can be told without the ledger.
enum AuthInquiry: Sendable {
    /// Passes without a key.
    case preflight
    /// About the customer's key, which was used with `context`.
    case key(Substring, Question, UseContext)
}
