internal import Dispatch
internal import Storage
internal import Synchronization

/// Runs what blocks or computes for long on a few threads of its own, beside those that answer calls: a bulkhead. Tenants take turns;
/// what waits is bounded, in all and for each; what is not done in time is given up, and whoever waits for it is told.
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

    /// Threads have this name, and get a processor later than the process's others by this niceness, 0 to 19. Reserved threads and
    /// places are for those tenants who are privileged.
    public init(
        _ name: String, niceness: Int32 = 0, _ limits: FairLimits, isPrivileged: @escaping @Sendable (Tenant) -> Bool = { _ in false }
    ) {
        self.name = name
        self.niceness = niceness
        self.limits = limits
        state = Mutex(State(queue: FairQueue(limits, isPrivileged: isPrivileged)))
    }

    /// Runs `body` when it is the tenant's turn, and answers what it answers.
    ///
    /// Throws `FairRefusal` after a short pause where too much waits, later where no thread was free in time or `body` took too long; whatever
    /// `body` throws; `CancellationError` where the caller's task is cancelled. `body` then goes on until it looks at its `Cancellation`.
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
            try await Task.sleep(for: limits.longestWait)
            if withdraw(job, of: tenant) {
                answer.resolve(.failure(FairRefusal.waitedTooLong(seconds: limits.longestWait.components.seconds)))
            }
            try await Task.sleep(for: limits.longestStay - limits.longestWait)
            job.cancellation.cancel()
            answer.resolve(.failure(FairRefusal.tookTooLong(seconds: limits.longestStay.components.seconds)))
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

    /// How much runs and waits at the moment.
    public var load: (running: Int, waiting: Int) { state.withLock { ($0.queue.running, $0.queue.waiting) } }

    private func submit(_ job: Job, of tenant: Tenant) throws {
        let start: Start = try state.withLock { state in
            try state.queue.add(job, of: tenant)
            // Otherwise a thread that is busy takes it up when it is done.
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

    /// Whether the work was still waiting. It will not run.
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

    /// False: there is nothing that may run now.
    private func runNext() -> Bool {
        guard let (tenant, job) = state.withLock({ $0.queue.next() }) else { return false }
        job.run(job.cancellation)
        state.withLock { $0.queue.finish(tenant) }
        return true
    }

    /// False: the thread is to end.
    private func waitForWork() -> Bool {
        let isNeeded = state.withLock { state in
            // What came between the last look and this one was told to nobody: it found this thread busy.
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
        // As many threads were woken as wait: a signal for this one is on its way.
        work.wait()
        return true
    }

    private final class Job: Sendable {
        let cancellation = Cancellation()
        let run: @Sendable (Cancellation) -> Void

        init(_ run: @escaping @Sendable (Cancellation) -> Void) { self.run = run }
    }
}

/// The first result that comes is handed to whoever waits for it.
private final class Answer<R: Sendable>: Sendable {
    private enum State {
        case nothing
        case awaited(CheckedContinuation<R, any Error>)
        case resolved(Result<R, any Error>)
        case handedOut
    }

    private let state = Mutex<State>(.nothing)

    /// To be asked for once.
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
