/// What a `FairExecutor` takes on, and for how long.
public struct FairLimits: Equatable, Sendable {
    /// Pieces of work that run at once, each on a thread.
    public var threads: Int
    /// Of them, at most so many for one tenant.
    public var threadsOfTenant: Int
    /// Of them, kept for privileged tenants.
    public var threadsReserved: Int
    /// Pieces of work that wait for a thread.
    public var waiting: Int
    /// Of them, at most so many of one tenant.
    public var waitingOfTenant: Int
    /// Of them, places kept for privileged tenants.
    public var waitingReserved: Int
    /// What has waited so long is refused, and never runs.
    public var longestWait: Duration
    /// From its arrival on; whoever waits for it is answered then, and the work is told to end (`Cancellation`).
    public var longestStay: Duration
    /// How late it is said that nothing is taken on. Who asks again as soon as he is told no, over many connections, would otherwise keep
    /// the threads busy that answer calls.
    public var refusalPause = Duration.milliseconds(100)

    public init(
        threads: Int, threadsOfTenant: Int? = nil, threadsReserved: Int = 0, waiting: Int, waitingOfTenant: Int? = nil,
        waitingReserved: Int = 0, longestWait: Duration, longestStay: Duration
    ) {
        self.threads = threads
        self.threadsOfTenant = threadsOfTenant ?? threads
        self.threadsReserved = threadsReserved
        self.waiting = waiting
        self.waitingOfTenant = waitingOfTenant ?? waiting
        self.waitingReserved = waitingReserved
        self.longestWait = longestWait
        self.longestStay = longestStay
    }
}

/// Why a piece of work was not done. Whoever asked may ask again.
public enum FairRefusal: Error, Equatable, Sendable {
    /// The tenant has as much waiting as it may; others are not concerned.
    case tenantIsFull
    /// So much waits, of all tenants, that nothing more is taken.
    case isFull
    /// No thread was free for it in time.
    case waitedTooLong(seconds: Int64)
    /// It took too long, and was given up.
    case tookTooLong(seconds: Int64)
}

extension FairRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tenantIsFull: "As many questions of this account wait as may; ask again when some are answered, and fewer at once."
        case .isFull: "So much is asked at the moment that nothing more is taken on; ask again later."
        case .waitedTooLong(let seconds): "So much is asked at the moment that it was not begun within \(seconds) s; ask again later."
        case .tookTooLong(let seconds): "It was not done within \(seconds) s and was given up; ask for less at a time, or again later."
        }
    }

    /// When to ask again, in seconds.
    public var retryAfter: Int {
        switch self {
        case .tenantIsFull, .isFull: 1
        case .waitedTooLong, .tookTooLong: 5
        }
    }
}
