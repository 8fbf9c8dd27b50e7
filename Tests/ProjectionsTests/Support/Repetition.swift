import Dispatch
import Foundation
import Synchronization
import Testing

/// Runs each piece of work over and over on a thread of its own, until it is ended. What is thrown is an issue.
final class Repetition: Sendable {
    private let isOver = Atomic<Bool>(false)
    private let rounds = Atomic<Int>(0)
    private let threads = DispatchGroup()

    /// `pause`: seconds between two rounds.
    init(pause: Double = 0, _ pieces: [@Sendable () throws -> Void]) {
        for piece in pieces {
            threads.enter()
            Thread.detachNewThread { [self] in
                defer { threads.leave() }
                while !isOver.load(ordering: .acquiring) {
                    do { try piece() } catch { Issue.record(error) }
                    rounds.add(1, ordering: .relaxed)
                    if pause > 0 { Thread.sleep(forTimeInterval: pause) }
                }
            }
        }
    }

    /// Answers how many rounds there were.
    func end() -> Int {
        isOver.store(true, ordering: .releasing)
        threads.wait()
        return rounds.load(ordering: .relaxed)
    }
}
