internal import HTTPTypes
internal import NIOCore

/// A route whose calls can be served on the connection's thread. It responds to well-formed calls of permitted callers; all others are
/// left to the router, and nothing about them is recorded here.
protocol FastPathEndpoint: Sendable {
    /// The maximum size of a body, in bytes. Calls with longer ones are left to the router.
    var maxBodyBytes: Int { get }

    func takes(_ head: HTTPRequest) -> Bool

    /// Returns whether the caller is known, so that a larger part of its body may be buffered before the response is made. Nothing is
    /// recorded.
    func trusts(_ head: HTTPRequest, from peer: Peer) -> Bool

    /// Responds to a call. `completion` is called on any thread, before this method returns or later. The closure that it gets makes
    /// the response and is called on the thread that sends it; it returns `nil` when the router must respond instead.
    func answer(
        _ head: HTTPRequest, _ body: ByteBuffer, from peer: Peer,
        completion: @escaping @Sendable (@escaping @Sendable () -> RawResponse?) -> Void
    )
}
