/// What a connection waits for.
enum ConnectionPhase: UInt64 {
    /// The connection waits for the first byte of a request.
    case idle
    /// The connection waits for the rest of a head.
    case head
    /// The connection waits for the rest of a body.
    case body
    /// The connection waits for a response that is being made, or that is being sent to a client that receives it.
    case answering
    /// The connection waits for a client that receives nothing of a response.
    case stalled
    /// The connection waits for a client that was sent the last response to close it.
    case draining
}
