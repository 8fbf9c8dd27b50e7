import Dispatch
import EventLog
import Storage
import Synchronization
import TestSupport

@testable import Ledger

/// Holds the writer's thread in a batch until it is opened, so that what comes meanwhile queues up.
final class Gate: WriterJob, Sendable {
    private let reached = DispatchSemaphore(value: 0)
    private let opened = DispatchSemaphore(value: 0)

    var isLifecycle: Bool { true }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        reached.signal()
        opened.wait()
        opened.signal()
    }

    func finish(_ error: (any Error)?) {}

    /// Returns once the writer stands at the gate.
    static func close(_ ledger: Ledger) async -> Gate {
        let gate = Gate()
        ledger.writer.enqueue(gate)
        await waitUntil { gate.reached.wait(timeout: .now()) == .success }
        return gate
    }

    func open() { opened.signal() }
}

/// A job that does what it is told and remembers how it ended.
final class ProbeJob: WriterJob, Sendable {
    enum End: Equatable {
        case done
        case failed(String)
    }

    typealias Work = @Sendable (inout WriteTransaction, inout BatchAppender) throws -> Void

    let isLifecycle: Bool
    let isAcknowledged: Bool
    private let work: Work
    private let state = Mutex<(performed: [UInt64], end: [End])>(([], []))

    init(isLifecycle: Bool = false, isAcknowledged: Bool = false, _ work: @escaping Work = { _, _ in }) {
        self.isLifecycle = isLifecycle
        self.isAcknowledged = isAcknowledged
        self.work = work
    }

    /// The transactions it took part in.
    var performed: [UInt64] { state.withLock { $0.performed } }

    var ends: [End] { state.withLock { $0.end } }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        let id = transaction.id
        state.withLock { $0.performed.append(id) }
        try work(&transaction, &appender)
    }

    func finish(_ error: (any Error)?) {
        let end = error.map { End.failed("\($0)") } ?? .done
        state.withLock { $0.end.append(end) }
    }
}
