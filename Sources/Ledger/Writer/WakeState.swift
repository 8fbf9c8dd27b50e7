/// What wakes the writer's thread.
enum WakeState {
    /// The thread is at work and looks at the queue by itself.
    case awake
    /// The thread delays its next commit. A job that allows less delay than those that wait wakes it, and so does a full batch.
    case delaying(MaxCommitDelay)
    /// Any job wakes the thread.
    case asleep
}
