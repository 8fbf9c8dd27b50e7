import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite(.holdsLedgers) struct ReaderPoolTests {
    @Test func aSlotIsHeldByOneAtATime() {
        let pool = ReaderPool(size: 4)
        let slots = (0..<4).map { _ in pool.take() }
        #expect(Set(slots.map { ObjectIdentifier($0) }).count == 4)
        slots[1].release()
        #expect(pool.take() === slots[1])
    }

    @Test func nobodyReadsWhileReadersAreKeptOut() {
        let pool = ReaderPool(size: 4)
        let inside = Atomic<Int>(0)
        let isAlone = Atomic<Bool>(false)
        onThreads(8) { index in
            for round in 0..<300 {
                if index == 0, round % 10 == 0 {
                    pool.withoutReaders {
                        isAlone.store(true, ordering: .sequentiallyConsistent)
                        #expect(inside.load(ordering: .sequentiallyConsistent) == 0)
                        isAlone.store(false, ordering: .sequentiallyConsistent)
                    }
                }
                let slot = pool.take()
                inside.add(1, ordering: .sequentiallyConsistent)
                if isAlone.load(ordering: .sequentiallyConsistent) { Issue.record("a reader was let in") }
                inside.subtract(1, ordering: .sequentiallyConsistent)
                slot.release()
            }
        }
    }

    @Test func theSlotsComeBackWhenTheBodyThrows() {
        struct Stop: Error {}
        let pool = ReaderPool(size: 2)
        #expect(throws: Stop.self) { try pool.withoutReaders { () throws(Stop) in throw Stop() } }
        _ = [pool.take(), pool.take()]
    }

    /// More readers at once than there are slots: each waits its turn.
    @Test func moreThreadsThanSlotsCanRead() throws {
        let folder = try TemporaryFolder()
        let environment = try Environment(at: folder.path)
        try environment.put(1...2, [7])
        let reads = Atomic<Int>(0)
        onThreads(150) { _ in
            do {
                for _ in 0..<5 {
                    try environment.read { transaction in
                        let first = try transaction.get(1, in: environment.t)?.copy()
                        usleep(500)
                        let second = try transaction.get(2, in: environment.t)?.copy()
                        if first == [7], second == [7] { reads.add(1, ordering: .relaxed) }
                    }
                }
            } catch { Issue.record(error) }
        }
        #expect(reads.load(ordering: .relaxed) == 750)
    }
}
