internal import EventLog

/// An acknowledged job that could not be recorded yet.
struct DeferredJob {
    /// The outcome of the attempt that failed, as far as it is known.
    enum Attempt {
        case notRecorded
        case recorded
        /// It cannot be determined yet whether the job was recorded.
        case unknown
    }

    let queued: QueuedJob
    /// The commit that failed, where it could not be determined whether it happened nevertheless.
    var uncertainCommit: UncertainCommit?

    /// Determines whether the attempt that failed has recorded the job nevertheless.
    func lastAttempt() -> Attempt {
        guard let uncertainCommit else { return .notRecorded }
        return switch uncertainCommit.hasLanded() {
        case true?: .recorded
        case false?: .notRecorded
        case nil: .unknown
        }
    }
}
