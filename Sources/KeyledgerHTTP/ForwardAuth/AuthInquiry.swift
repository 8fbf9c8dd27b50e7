internal import Ledger
internal import Validation

/// A gateway's query about one request, as far as it can be understood without the ledger.
enum AuthInquiry: Sendable {
    /// The request passes without a key.
    case preflight
    /// The request presents a key, which was used with this context.
    case key(Substring, Question, UseContext)
}
