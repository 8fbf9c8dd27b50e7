/// The threads of a ledger beside those that answer calls and the writer's: nothing that reads much, waits for the views, or waits for
/// the disk runs elsewhere. One lane does not wait for another: verifying needs none of them, revoking only where a data key is to be
/// made, and then not that of the questions.
public struct Lanes: Sendable {
    /// Of threads that must not take a processor from those that answer calls and write.
    public static let niceness: Int32 = 10

    /// What is asked about the present and the past: lists, searches, usage, events, tiles, pages.
    public let questions: FairExecutor<Asker>
    /// The next page of open streams of events. As many wait as there may be streams, so that none is refused.
    public let streams: FairExecutor<Asker>
    /// What commands wait for before they are decided: rotating asks the views, and a data key is made durable.
    public let commands: FairExecutor<Asker>
    /// Whether the ledger can be read and written, for those who look after it.
    public let readiness: FairExecutor<Asker>

    /// `limits`: Of questions; those of the other lanes are always the same.
    init(questions limits: FairLimits) {
        questions = FairExecutor("questions", niceness: Self.niceness, limits) { $0.isOperator }
        streams = FairExecutor(
            "streams", niceness: Self.niceness,
            FairLimits(threads: 2, waiting: 100_000, longestWait: .seconds(600), longestStay: .seconds(660)))
        commands = FairExecutor(
            "commands", FairLimits(threads: 2, waiting: 10_000, longestWait: .seconds(20), longestStay: .seconds(30)))
        readiness = FairExecutor(
            "readiness", FairLimits(threads: 1, waiting: 10_000, longestWait: .seconds(10), longestStay: .seconds(15)))
    }
}

extension FairLimits {
    /// Those of questions: each holds a read transaction for a part of its time, so there are fewer threads than `Environment` has places
    /// for readers. One account has half of the threads at most.
    public static let questions = FairLimits(
        threads: 4, threadsOfTenant: 2, threadsReserved: 1, waiting: 256, waitingOfTenant: 32, waitingReserved: 32,
        longestWait: .seconds(10), longestStay: .seconds(30))
}
