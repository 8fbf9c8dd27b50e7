/// How long a job may be delayed so that others share its commit. A commit costs as much as writing a hundred records.
enum MaxCommitDelay: Comparable {
    /// The job is written as soon as the writer is free.
    case none
    /// The job's caller waits: the delay is only as long as many others that are on their way take to arrive.
    case short
    /// The job's caller was answered already.
    case long
}
