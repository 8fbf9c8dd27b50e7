/// Why uses cannot be recorded for now.
enum WriteFailure {
    /// There is no room on the disk beyond the reserve.
    case noRoom
    /// The last attempt to write failed with this error.
    case failed(LedgerError)
}
