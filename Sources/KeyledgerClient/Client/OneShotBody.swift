internal import NIOCore
internal import Synchronization

/// A request body that is produced once, in one piece. It remembers whether it was: until then, no byte of the request has
/// left.
final class OneShotBody: Sendable {
    private let bytes: ByteBuffer
    private let isTaken = Atomic(false)

    init(_ bytes: ByteBuffer) { self.bytes = bytes }

    var length: Int64 { Int64(bytes.readableBytes) }

    /// Whether the body was handed to the connection, so that the ledger may have received the request.
    var hasBegun: Bool { isTaken.load(ordering: .sequentiallyConsistent) }

    fileprivate func take() -> ByteBuffer? {
        isTaken.exchange(true, ordering: .sequentiallyConsistent) ? nil : bytes
    }
}

extension OneShotBody: AsyncSequence {
    struct Iterator: AsyncIteratorProtocol {
        fileprivate let sending: OneShotBody

        func next() async -> ByteBuffer? { sending.take() }
    }

    func makeAsyncIterator() -> Iterator { Iterator(sending: self) }
}
