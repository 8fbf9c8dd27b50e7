import Dispatch
import Foundation
import Synchronization
import Testing

/// Runs each piece of work over and over on a thread of its own, until it is ended. What is thrown is an issue.
final class Repetition: Sendable {
    private let isOver = Atomic<Bool>(false)
    private let rounds = Atomic<Int>(0)
    private let threads = DispatchGroup()
    /// Not with the threads, which let go of what they hold only some time after their work is over.
    private let pieces: Mutex<[@Sendable () throws -> Void]>

    /// `pause`: the time between two rounds.
    init(pause: Duration = .zero, _ pieces: [@Sendable () throws -> Void]) {
        self.pieces = Mutex(pieces)
        for number in pieces.indices {
            threads.enter()
            Thread.detachNewThread { [self] in
                while !isOver.load(ordering: .acquiring) {
                    runOnce(number)
                    if pause > .zero { Thread.sleep(forTimeInterval: pause / .seconds(1)) }
                }
                threads.leave()
            }
        }
    }

    private func runOnce(_ number: Int) {
        do { try pieces.withLock { $0[number] }() } catch { Issue.record(error) }
        rounds.add(1, ordering: .relaxed)
    }

    /// Answers how many rounds there were.
    func end() -> Int {
        isOver.store(true, ordering: .releasing)
        threads.wait()
        pieces.withLock { $0 = [] }
        return rounds.load(ordering: .relaxed)
    }
}
