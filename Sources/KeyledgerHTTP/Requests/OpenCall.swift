internal import Hummingbird
internal import Ledger
internal import NIOCore

/// A call that needs no key.
struct OpenCall: BodyReading {
    let request: Request
    let parameters: Parameters
    let ledger: Ledger
    /// The address of the connection's peer.
    let peer: SocketAddress?

    /// The segments that matched `{rest}`.
    var rest: [Substring] { parameters.getCatchAll() }
}
