internal import NIOCore
internal import Synchronization

/// A body that is handed out in one piece, and remembers whether it was: until then, not a byte of the question has left.
final class SingleSending: Sendable {
    private let bytes: ByteBuffer
    private let isTaken = Atomic(false)

    init(_ bytes: ByteBuffer) { self.bytes = bytes }

    var length: Int64 { Int64(bytes.readableBytes) }

    /// Whether the question may have arrived.
    var hasBegun: Bool { isTaken.load(ordering: .sequentiallyConsistent) }

    fileprivate func take() -> ByteBuffer? {
        isTaken.exchange(true, ordering: .sequentiallyConsistent) ? nil : bytes
    }
}

extension SingleSending: AsyncSequence {
    struct Iterator: AsyncIteratorProtocol {
        fileprivate let sending: SingleSending

        func next() async -> ByteBuffer? { sending.take() }
    }

    func makeAsyncIterator() -> Iterator { Iterator(sending: self) }
}
