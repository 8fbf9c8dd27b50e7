internal import Foundation
internal import Synchronization

/// Runs `body` on a thread of its own, beside an exit test that it exchanges marks with. Not a task: the library that waits for
/// the children of exit tests keeps the threads that tasks run on.
public final class Beside<Answer: Sendable>: Sendable {
    private let answer = Mutex<Result<Answer, any Error>?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    public init(_ body: @escaping @Sendable () throws -> Answer) {
        Thread {
            let result = Result { try body() }
            self.answer.withLock { $0 = result }
            self.isDone.signal()
        }.start()
    }

    @discardableResult
    public func join() throws -> Answer? {
        isDone.wait()
        return try answer.withLock { try $0?.get() }
    }
}
