internal import Dispatch
internal import Storage
internal import Synchronization

/// Runs work that blocks or computes for long on a few threads of its own, apart from those that answer calls: a bulkhead. Tenants are
/// served round-robin; the waiting work is bounded, in all and for each tenant; work that is not done in time is given up, and its
/// caller gets an error.
///
/// Threads begin when there is work and end when there was none for a while.
public final class FairExecutor<Tenant: Hashable & Sendable>: Sendable {
    private struct State {
        var queue: FairQueue<Tenant, Job>
        var threads = 0
        /// Threads that wait for work and that nobody has woken.
        var idle = 0
    }

    private enum Start {
        case nothing, wake, thread
    }

    /// How long a thread waits for more work before it ends.
    private static var idleTime: DispatchTimeInterval { .seconds(2) }

    private let name: String
    private let niceness: Int32
    private let limits: FairLimits
    private let state: Mutex<State>
    private let work = DispatchSemaphore(value: 0)

    /// Makes an executor without any thread yet.
    ///
    /// - Parameters:
    ///   - name: the name of the threads.
    ///   - niceness: how much later the threads get a processor than the process's other threads, 0 to 19.
    ///   - limits: how much work runs and waits, and for how long.
    ///   - isPrivileged: whether a tenant may use the reserved threads and the reserved room in the queue.
    public init(
        _ name: String, niceness: Int32 = 0, _ limits: FairLimits, isPrivileged: @escaping @Sendable (Tenant) -> Bool = { _ in false }
    ) {
        self.name = name
        self.niceness = niceness
        self.limits = limits
        state = Mutex(State(queue: FairQueue(limits, isPrivileged: isPrivileged)))
    }

    /// Runs `body` on a thread of the executor, when the round-robin order reaches the tenant.
    ///
    /// - Parameters:
    ///   - tenant: on whose behalf the work is done.
    ///   - body: the work; after a cancellation or a timeout it goes on until it checks its `Cancellation`.
    /// - Returns: what `body` returns.
    /// - Throws: `FairRefusal` after a short pause where too much work waits, later where no thread was free in time or `body` took too
    ///   long; `CancellationError` where the caller's task is cancelled; what `body` throws.
    public func run<R: Sendable>(for tenant: Tenant, _ body: @escaping @Sendable () throws -> R) async throws -> R {
        let answer = Answer<R>()
        let job = Job { cancellation in
            answer.resolve(Result { try Cancellation.$current.withValue(cancellation) { try body() } })
        }
        do {
            try submit(job, of: tenant)
        } catch {
            try await Task.sleep(for: limits.refusalPause)
            throw error
        }
        let timer = Task.detached { [self] in
            try await Task.sleep(for: limits.maxWait)
            if withdraw(job, of: tenant) {
                answer.resolve(.failure(FairRefusal.waitedTooLong(limits.maxWait)))
            }
            try await Task.sleep(for: limits.maxStay - limits.maxWait)
            job.cancellation.cancel()
            answer.resolve(.failure(FairRefusal.tookTooLong(limits.maxStay)))
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await answer.value
        } onCancel: {
            _ = withdraw(job, of: tenant)
            job.cancellation.cancel()
            answer.resolve(.failure(CancellationError()))
        }
    }

    /// How many pieces of work run and wait now.
    public var load: (running: Int, waiting: Int) { state.withLock { ($0.queue.running, $0.queue.waiting) } }

    private func submit(_ job: Job, of tenant: Tenant) throws {
        let start: Start = try state.withLock { state in
            try state.queue.add(job, of: tenant)
            // A busy thread takes the work up when it is done, if no thread is started or woken.
            guard state.queue.mayStart(tenant) else { return .nothing }
            if state.idle > 0 {
                state.idle -= 1
                return .wake
            }
            guard state.threads < limits.threads else { return .nothing }
            state.threads += 1
            return .thread
        }
        switch start {
        case .nothing: break
        case .wake: work.signal()
        case .thread:
            do {
                _ = try WorkThread(name, niceness: niceness) { [self] in workOn() }
            } catch {
                let isAlone = state.withLock { state in
                    state.threads -= 1
                    return state.threads == 0
                }
                if isAlone, withdraw(job, of: tenant) { throw FairRefusal.isFull }
            }
        }
    }

    /// Withdraws a piece of work, and returns whether it was still waiting; then it never runs.
    private func withdraw(_ job: Job, of tenant: Tenant) -> Bool {
        state.withLock { $0.queue.remove(of: tenant) { $0 === job } } != nil
    }

    // MARK: On the executor's threads

    private func workOn() {
        while true {
            while runNext() {}
            guard waitForWork() else { return }
        }
    }

    /// Runs the next piece of work; false where none may run now.
    private func runNext() -> Bool {
        guard let (tenant, job) = state.withLock({ $0.queue.next() }) else { return false }
        job.run(job.cancellation)
        state.withLock { $0.queue.finish(tenant) }
        return true
    }

    /// Waits for work; false where the thread is to end.
    private func waitForWork() -> Bool {
        let isNeeded = state.withLock { state in
            // Work that arrived since the last check woke no thread, because this one was busy.
            if state.queue.hasStartable { return true }
            state.idle += 1
            return false
        }
        if isNeeded { return true }
        if work.wait(timeout: .now() + Self.idleTime) == .success { return true }
        let mayEnd = state.withLock { state in
            guard state.idle > 0 else { return false }
            state.idle -= 1
            state.threads -= 1
            return true
        }
        if mayEnd { return false }
        // All waiting threads were woken, so a signal for this one is on its way.
        work.wait()
        return true
    }

    private final class Job: Sendable {
        let cancellation = Cancellation()
        let run: @Sendable (Cancellation) -> Void

        init(_ run: @escaping @Sendable (Cancellation) -> Void) { self.run = run }
    }
}

/// A one-time result: the first one that is set is handed to the task that waits for it.
private final class Answer<R: Sendable>: Sendable {
    private enum State {
        case nothing
        case awaited(CheckedContinuation<R, any Error>)
        case resolved(Result<R, any Error>)
        case handedOut
    }

    private let state = Mutex<State>(.nothing)

    /// Waits for the result; to be read once.
    var value: R {
        get async throws {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<R, any Error>? = state.withLock { state in
                    guard case .resolved(let result) = state else {
                        state = .awaited(continuation)
                        return nil
                    }
                    state = .handedOut
                    return result
                }
                if let result { continuation.resume(with: result) }
            }
        }
    }

    func resolve(_ result: Result<R, any Error>) {
        let continuation: CheckedContinuation<R, any Error>? = state.withLock { state in
            switch state {
            case .nothing:
                state = .resolved(result)
                return nil
            case .awaited(let continuation):
                state = .handedOut
                return continuation
            case .resolved, .handedOut: return nil
            }
        }
        continuation?.resume(with: result)
    }
}
