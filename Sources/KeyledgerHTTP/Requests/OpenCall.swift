internal import Hummingbird
internal import Ledger
internal import NIOCore

/// A call that anybody may make.
struct OpenCall: BodyReading {
    let request: Request
    let parameters: Parameters
    let ledger: Ledger
    /// The other end of the connection.
    let peer: SocketAddress?

    /// What stands in the place of `{rest}`.
    var rest: [Substring] { parameters.getCatchAll() }
}
