/// What a connection waits for.
enum ConnectionPhase: UInt64 {
    /// The first byte of a request.
    case idle
    /// The rest of a head.
    case head
    /// The rest of a body.
    case body
    /// An answer that is being made, or sent to somebody who takes it.
    case answering
    /// A client who takes nothing of an answer.
    case stalled
    /// A client who was given the last answer, to be gone.
    case lingering
}
