/// The maximum time for which a job may be delayed so that other jobs share its commit. A commit costs as much as writing a hundred
/// records.
enum MaxCommitDelay: Comparable {
    /// The job is written as soon as the writer is free.
    case none
    /// The job's caller waits: the delay is only as long as it takes many other callers to arrive.
    case short
    /// The job is acknowledged: its caller does not wait.
    case long
}
