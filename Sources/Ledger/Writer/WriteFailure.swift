/// Why uses cannot be recorded at the moment.
enum WriteFailure {
    /// There is no room beyond the reserve.
    case noRoom
    /// The last attempt failed, for this reason.
    case failed(LedgerError)
}
