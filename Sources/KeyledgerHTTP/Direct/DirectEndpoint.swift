internal import HTTPTypes
internal import NIOCore

/// An address whose calls can be answered where they arrive. It takes the calls of those who ask properly; all others are the
/// router's, and nothing of them is recorded here.
protocol DirectEndpoint: Sendable {
    /// In bytes. Longer ones are the router's.
    var largestBody: Int { get }

    func takes(_ head: HTTPRequest) -> Bool

    /// Whether more of a body may be kept than anybody's, before the call is answered: whether its caller is known. Records nothing.
    func trusts(_ head: HTTPRequest, from peer: Peer) -> Bool

    /// `completion` is called on any thread, now or later; what it is given makes the answer, on the thread that sends it: `nil` where
    /// the router has to say what is wrong.
    func answer(
        _ head: HTTPRequest, _ body: ByteBuffer, from peer: Peer,
        completion: @escaping @Sendable (@escaping @Sendable () -> DirectAnswer?) -> Void
    )
}
