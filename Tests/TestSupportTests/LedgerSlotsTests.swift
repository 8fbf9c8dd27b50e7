import Foundation
import KeyEvents
import Ledger
import Synchronization
import TestSupport
import Testing

@Suite("How many tests hold ledgers at once")
struct LedgerSlotsTests {
    @Test("Far more than there are slots hold few descriptors")
    func bound() async throws {
        let held = HeldSlots()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<60 {
                group.addTask {
                    try await LedgerSlots.withSlot {
                        held.numbers.withLock { $0 = ($0.now + 1, max($0.peak, $0.now + 1)) }
                        defer { held.numbers.withLock { $0.now -= 1 } }
                        let folder = FileManager.default.temporaryDirectory.path + "/keyledger-slots-\(UUID().uuidString)"
                        defer { try? FileManager.default.removeItem(atPath: folder) }
                        let ledger = try Ledger.create(at: DataFolder(path: folder), prefix: "lhql")
                        defer { ledger.close() }
                        _ = try await ledger.commands.createKey(CreateKey(name: "a key"), by: .commandLine)
                        #expect(OpenDescriptors.count < OpenDescriptors.bound)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(held.numbers.withLock { $0.peak } <= LedgerSlots.count)
        #expect(OpenDescriptors.seen > 0 && OpenDescriptors.seen < OpenDescriptors.bound)
    }

    @Test("Who holds a slot takes no other")
    func nested() async {
        await withTaskGroup { group in
            for _ in 0..<(2 * LedgerSlots.count) {
                group.addTask {
                    await LedgerSlots.withSlot {
                        await Task.yield()
                        // Would wait for ever, where all who hold a slot waited for another.
                        await LedgerSlots.withSlot { await Task.yield() }
                        async let child: Void = LedgerSlots.withSlot { await Task.yield() }
                        await child
                    }
                }
            }
        }
    }

    @Test("A place is given back by whoever fails, and goes to who waits longest")
    func semaphore() async throws {
        let (semaphore, order) = (AsyncSemaphore(1), Order())
        let first = Task { await semaphore.withPlace { while !order.isOpen.load(ordering: .relaxed) { await Task.yield() } } }
        await waitUntil { semaphore.free == 0 }
        var others: [Task<Void, any Error>] = []
        for number in 0..<5 {
            others.append(
                Task {
                    try await semaphore.withPlace {
                        order.numbers.withLock { $0.append(number) }
                        throw Failure()
                    }
                })
            await waitUntil { semaphore.waiting > number }
        }
        #expect(order.numbers.withLock { $0 }.isEmpty)
        order.isOpen.store(true, ordering: .relaxed)
        await first.value
        for other in others { await #expect(throws: Failure.self) { try await other.value } }
        #expect(order.numbers.withLock { $0 } == [0, 1, 2, 3, 4])
        #expect(semaphore.free == 1 && semaphore.waiting == 0)
    }

    private final class HeldSlots: Sendable {
        let numbers = Mutex((now: 0, peak: 0))
    }

    private struct Failure: Error {}

    private final class Order: Sendable {
        let isOpen = Atomic(false)
        let numbers = Mutex<[Int]>([])
    }
}
