/// The kinds of jobs that wake the writer's thread.
enum WakeState {
    /// The thread is running and checks the queue by itself.
    case awake
    /// The thread delays its next commit. It is woken by a job that allows less delay than those that wait, and by a full batch.
    case delaying(MaxCommitDelay)
    /// Any job wakes the thread.
    case asleep
}
