/// The threads of a ledger apart from those that serve calls and the writer's, for work that reads much, waits for the views, or waits
/// for the disk. One lane does not wait for another: verifying needs none of them, and revoking only the lane of commands, where a data
/// key is to be made.
public struct Lanes: Sendable {
    /// The niceness of threads that must not take a processor from those that serve calls and write.
    public static let niceness: Int32 = 10

    /// Queries about the present and the past: lists, searches, usage, events, tiles, pages.
    public let questions: FairExecutor<Tenant>
    /// The next page of open event streams. As many pieces of work may wait as there may be streams, so that none is refused.
    public let streams: FairExecutor<Tenant>
    /// The work that commands need before they are decided: a rotation reads the views, and a new data key is made durable.
    public let commands: FairExecutor<Tenant>
    /// The readiness check: whether the ledger can be read and written.
    public let readiness: FairExecutor<Tenant>

    /// Makes the lanes; `limits` are those of queries, and those of the other lanes are fixed.
    init(questions limits: FairLimits) {
        questions = FairExecutor("questions", niceness: Self.niceness, limits) { $0.isOperator }
        streams = FairExecutor(
            "streams", niceness: Self.niceness,
            FairLimits(threads: 2, waiting: 100_000, maxWait: .seconds(600), maxStay: .seconds(660)))
        commands = FairExecutor(
            "commands", FairLimits(threads: 2, waiting: 10_000, maxWait: .seconds(20), maxStay: .seconds(30)))
        readiness = FairExecutor(
            "readiness", FairLimits(threads: 1, waiting: 10_000, maxWait: .seconds(10), maxStay: .seconds(15)))
    }
}

extension FairLimits {
    /// The default limits of queries. Each query holds a read transaction for a part of its time, so there are fewer threads than
    /// `Environment` has reader slots. One account has at most half of the threads.
    public static let questions = FairLimits(
        threads: 4, threadsOfTenant: 2, threadsReserved: 1, waiting: 256, waitingOfTenant: 32, waitingReserved: 32,
        maxWait: .seconds(10), maxStay: .seconds(30))
}
