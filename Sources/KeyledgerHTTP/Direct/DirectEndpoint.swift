internal import HTTPTypes
internal import NIOCore

/// A route whose calls can be answered on the connection's thread. It answers well-formed calls of permitted callers; all
/// others are left to the router, and nothing about them is recorded here.
protocol DirectEndpoint: Sendable {
    /// The maximum size of a body, in bytes. Calls with longer ones are left to the router.
    var largestBody: Int { get }

    func takes(_ head: HTTPRequest) -> Bool

    /// Whether the caller is known, so that a larger part of its body may be buffered before the call is answered. Records
    /// nothing.
    func trusts(_ head: HTTPRequest, from peer: Peer) -> Bool

    /// Answers a call. `completion` is called on any thread, now or later. The closure that it gets makes the response and is
    /// called on the thread that sends it; it returns `nil` when the router must respond instead.
    func answer(
        _ head: HTTPRequest, _ body: ByteBuffer, from peer: Peer,
        completion: @escaping @Sendable (@escaping @Sendable () -> DirectAnswer?) -> Void
    )
}
