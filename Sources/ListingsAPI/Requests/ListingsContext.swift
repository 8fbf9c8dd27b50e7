internal import Hummingbird
internal import KeyledgerClient
internal import NIOCore

/// The context of a request: its caller, and how this service reads and writes JSON.
struct ListingsContext: KeyGuardedContext {
    /// The maximum sizes of bodies, in bytes.
    static let smallBody = 64 * 1024
    static let largeBody = 4 * 1024 * 1024

    var coreContext: CoreRequestContextStorage
    let remoteAddress: SocketAddress?
    var caller: KeyCaller?
    var maxUploadSize = Self.smallBody
    let requestDecoder = BodyDecoder()
    let responseEncoder = DocumentEncoder()

    init(source: Source) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
