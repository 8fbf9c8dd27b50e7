internal import Glibc

/// The read transactions of one environment in this process. Taking all slots keeps every reader out, which LMDB requires before
/// its map may be resized or closed.
final class ReaderPool: Sendable {
    private let slots: [ReaderSlot]

    /// Creates the pool.
    ///
    /// - Parameter size: The number of slots, a power of two.
    init(size: Int) {
        precondition(size & (size - 1) == 0)
        slots = (0..<size).map { _ in ReaderSlot() }
    }

    /// Takes a free slot, and waits for one. Threads start their search at different slots, so they rarely meet.
    func take() -> ReaderSlot {
        let start = Int(truncatingIfNeeded: (UInt64(pthread_self()) &* 0x9E37_79B9_7F4A_7C15) >> 33)
        while true {
            for offset in 0..<slots.count {
                let slot = slots[(start &+ offset) & (slots.count - 1)]
                if slot.take() { return slot }
            }
            usleep(50)
        }
    }

    /// Runs `body` while no read transaction exists in this process. It must not be called inside a read.
    func withoutReaders<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        for slot in slots {
            while !slot.take() { usleep(20) }
            slot.discard()
        }
        defer { for slot in slots { slot.release() } }
        return try body()
    }
}
