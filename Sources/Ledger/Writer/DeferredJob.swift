internal import EventLog

/// An acknowledged job that could not be recorded yet.
struct DeferredJob {
    /// What is known of the attempt that failed.
    enum Attempt {
        case notRecorded
        case recorded
        /// It still cannot be seen.
        case unknown
    }

    let queued: QueuedJob
    /// The commit that failed, where it could not be seen whether it happened nevertheless.
    var uncertainCommit: UncertainCommit?

    /// Looks whether the attempt that failed has recorded the job nevertheless.
    func lastAttempt() -> Attempt {
        guard let uncertainCommit else { return .notRecorded }
        return switch uncertainCommit.hasLanded() {
        case true?: .recorded
        case false?: .notRecorded
        case nil: .unknown
        }
    }
}
