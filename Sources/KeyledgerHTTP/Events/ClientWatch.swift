internal import NIOCore

/// A channel handler that notices when a client has disconnected, or will send nothing more. A stream's own code would notice
/// only at its end.
final class ClientWatch: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = NIOAny

    private let onLeaving: @Sendable () -> Void

    private init(_ onLeaving: @escaping @Sendable () -> Void) { self.onLeaving = onLeaving }

    /// Watches the connection while `body` runs.
    static func during<Result>(
        _ channel: any Channel, onLeaving: @escaping @Sendable () -> Void, _ body: () async throws -> Result
    ) async throws -> Result {
        let watch = ClientWatch(onLeaving)
        try await channel.eventLoop.submit { try channel.pipeline.syncOperations.addHandler(watch, position: .first) }.get()
        if !channel.isActive { onLeaving() }
        let result: Result
        do {
            result = try await body()
        } catch {
            try? await channel.pipeline.removeHandler(watch).get()
            throw error
        }
        // The connection may go on with another call.
        try? await channel.pipeline.removeHandler(watch).get()
        return result
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { onLeaving() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        onLeaving()
        context.fireChannelInactive()
    }
}
