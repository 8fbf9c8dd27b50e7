internal import KeyEvents

/// The limits of a `FairExecutor`: how much work it takes on, and for how long.
public struct FairLimits: Equatable, Sendable {
    /// The maximum number of pieces of work that run at once, each on a thread.
    public var threads: Int
    /// The maximum number of threads that one tenant uses.
    public var threadsOfTenant: Int
    /// How many of the threads are kept for privileged tenants.
    public var threadsReserved: Int
    /// The maximum number of pieces of work that wait for a thread.
    public var waiting: Int
    /// The maximum number of pieces of work of one tenant that wait.
    public var waitingOfTenant: Int
    /// How much of the queue is kept for privileged tenants, in pieces of work.
    public var waitingReserved: Int
    /// The maximum time that work waits: then it is refused and never runs.
    public var maxWait: Duration
    /// The maximum time from the arrival of work to its end: then its caller gets an error, and the work is
    /// cancelled (`Cancellation`).
    public var maxStay: Duration
    /// How long a refusal is delayed. A client that retries at once over many connections would otherwise keep the threads busy that
    /// answer calls.
    public var refusalPause = Duration.milliseconds(100)

    /// Makes limits.
    ///
    /// - Parameters:
    ///   - threads: the maximum number of pieces of work that run at once.
    ///   - threadsOfTenant: the maximum of those for one tenant; `nil` for all of them.
    ///   - threadsReserved: how many of the threads are kept for privileged tenants.
    ///   - waiting: the maximum number of pieces of work that wait.
    ///   - waitingOfTenant: the maximum of those for one tenant; `nil` for all of them.
    ///   - waitingReserved: how much of the queue is kept for privileged tenants.
    ///   - maxWait: the maximum time that work waits.
    ///   - maxStay: the maximum time from the arrival of work to its end.
    public init(
        threads: Int, threadsOfTenant: Int? = nil, threadsReserved: Int = 0, waiting: Int, waitingOfTenant: Int? = nil,
        waitingReserved: Int = 0, maxWait: Duration, maxStay: Duration
    ) {
        self.threads = threads
        self.threadsOfTenant = threadsOfTenant ?? threads
        self.threadsReserved = threadsReserved
        self.waiting = waiting
        self.waitingOfTenant = waitingOfTenant ?? waiting
        self.waitingReserved = waitingReserved
        self.maxWait = maxWait
        self.maxStay = maxStay
    }
}

/// Why a piece of work was not done. The caller may try again.
public enum FairRefusal: Error, Equatable, Sendable {
    /// The maximum of work of this tenant waits already; other tenants are not affected.
    case tenantIsFull
    /// The maximum of work of all tenants waits already.
    case isFull
    /// No thread was free in time.
    case waitedTooLong(Duration)
    /// The work took too long and was given up.
    case tookTooLong(Duration)
}

extension FairRefusal: CustomStringConvertible {
    /// The sentence for the caller: why the work was not done, and what to do.
    public var description: String {
        switch self {
        case .tenantIsFull: "As many questions of this account wait as may; ask again when some are answered, and fewer at once."
        case .isFull: "So much is asked at the moment that nothing more is taken on; ask again later."
        case .waitedTooLong(let wait):
            "So much is asked at the moment that it was not begun within \(wait.wholeSeconds) s; ask again later."
        case .tookTooLong(let stay):
            "It was not done within \(stay.wholeSeconds) s and was given up; ask for less at a time, or again later."
        }
    }

    /// The time after which to try again, in whole seconds.
    public var retryAfter: Duration {
        switch self {
        case .tenantIsFull, .isFull: .seconds(1)
        case .waitedTooLong, .tookTooLong: .seconds(5)
        }
    }
}
