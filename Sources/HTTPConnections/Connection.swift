internal import Glibc
internal import NIOCore

/// The handler at the network's end of a connection's pipeline. It knows what the connection waits for and since when, closes
/// the connection when that takes too long or when others need the room, and closes it in a way that lets the last response
/// arrive.
final class Connection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// A request of the registry to a connection, sent through its pipeline.
    enum Summons {
        /// The connection has been in its phase for too long.
        case deadline
        /// Another connection needs the room. A connection that has only just become idle or slow stays open.
        case room
        /// Another connection of the same peer needs the room.
        case ownRoom
    }

    /// The error that the reader of a request gets when the request did not arrive in time.
    struct TooSlow: Error {}

    private let registry: ConnectionRegistry
    private var entry: ConnectionRegistry.Entry?
    private var context: ChannelHandlerContext?
    private var phase = ConnectionPhase.idle

    /// The number of requests whose heads were read and whose responses are not completely written.
    private(set) var unanswered = 0
    /// The time at which the first byte of a head arrived that is still incomplete.
    private var headStart: NIODeadline?
    /// The time at which the first byte of the request arrived whose body is still incomplete.
    private var requestStart: NIODeadline?
    /// The time at which the last response was written. The time limits of a pipelined request begin no earlier.
    private var answeredAt = NIODeadline.distantPast
    /// Whether the response to the oldest request has begun.
    private var isAnswering = false
    /// Whether that response announces that it is the last one of the connection.
    private var isEnding = false
    private var isReadAwaited = false
    /// Whether everything that arrives from now on is ignored, because it is not a request.
    private(set) var isInputOver = false
    /// Whether input is over because the last request was read to its end.
    private var isLastRead = false
    private var isQuiescing = false
    /// The number of bytes that were discarded since the last response; `nil` before the last response.
    private var thrownAway: Int?
    private var isOutputClosed = false
    /// How many written bytes the system had not taken yet when this was last checked in this phase; 0 when it was not checked.
    private var pendingBefore = 0
    /// How many exchanges of the decoder are under way, and the bytes that arrived meanwhile.
    private var exchanges = 0
    private var held: [ByteBuffer] = []
    private var isEndHeld = false

    init(_ registry: ConnectionRegistry) { self.registry = registry }

    // MARK: Input

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { enter(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        leave()
    }

    func channelActive(context: ChannelHandlerContext) {
        enter(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    private func enter(_ context: ChannelHandlerContext) {
        guard entry == nil else { return }
        entry = registry.register(context.channel)
        if entry == nil { refuse(context) }
    }

    private func leave() {
        if let entry { registry.unregister(entry) }
        entry = nil
    }

    func read(context: ChannelHandlerContext) {
        isReadAwaited = true
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReadAwaited = false
        let bytes = unwrapInboundIn(data)
        if let thrownAway {
            self.thrownAway = thrownAway + bytes.readableBytes
            if thrownAway + bytes.readableBytes > registry.limits.maxDrainBytes { context.close(promise: nil) }
        } else if exchanges > 0 {
            held.append(bytes)
        } else if !isInputOver {
            take(bytes, context)
        }
    }

    private func take(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        // Line breaks between requests do not belong to the next request (RFC 9112 section 2.2).
        if requestStart == nil, headStart == nil,
            bytes.readableBytes > 2 || bytes.readableBytesView.contains(where: { $0 != 13 && $0 != 10 })
        {
            headStart = ConnectionRegistry.now
        }
        context.fireChannelRead(wrapInboundOut(bytes))
        note()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if thrownAway == nil { context.fireChannelReadComplete() } else { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let summons as Summons:
            switch summons {
            case .deadline: meetDeadline(context)
            case .room: makeRoom(context, isOfAnyAge: false)
            case .ownRoom: makeRoom(context, isOfAnyAge: true)
            }
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            if unanswered == 0 { context.close(promise: nil) }
        case let event as ChannelEvent where event == .inputClosed && exchanges > 0:
            isEndHeld = true
        case let event as ChannelEvent where event == .inputClosed && thrownAway != nil && pending(context) == 0:
            context.close(promise: nil)
        case let event as ChannelEvent where event == .outputClosed:
            isOutputClosed = true
            note(isActive: true)
            context.fireUserInboundEventTriggered(event)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        note()
        context.fireChannelWritabilityChanged()
    }

    // MARK: Calls from the handler that reads requests

    /// Whether a request that arrives now would be answered.
    var takesRequests: Bool { !isEnding && !isQuiescing }

    /// Ignores everything that arrives from now on: it is not a request.
    func endInput() {
        isInputOver = true
        headStart = nil
    }

    /// Notes that a request's head was read completely.
    func headWasRead() {
        requestStart = headStart ?? ConnectionRegistry.now
        headStart = nil
        unanswered += 1
    }

    /// Notes that a request was read to its end.
    ///
    /// - Parameter isLast: Whether nothing that follows is a request.
    func requestWasRead(isLast: Bool) {
        requestStart = nil
        isLastRead = isLastRead || isLast
        isInputOver = isInputOver || isLast
    }

    /// Whether the rest of a request is still to arrive.
    var isReceiving: Bool { requestStart != nil }

    /// Notes that the input cannot be parsed. The response that says so comes after the responses to earlier requests.
    func inputIsUnreadable() {
        endInput()
        note()
    }

    /// Notes that a response begins.
    ///
    /// - Parameter isLast: Whether the response itself says that it is the last one.
    /// - Returns: Whether the connection must be closed after this response: because it answers the last request, or a request
    ///   whose body is not read to its end, or because other connections wait for the room.
    func answerBegins(isLast: Bool) -> Bool {
        isAnswering = true
        note()
        isEnding = isLast || unanswered <= 1 && (isReceiving || isLastRead || isQuiescing || registry.wantsRoom)
        return isEnding
    }

    /// Whether the last response of the connection was written.
    var isFinished: Bool { thrownAway != nil }

    /// Notes that a response was written to its end.
    ///
    /// - Parameter isLast: Whether the connection must be closed after it.
    func answerWasWritten(isLast: Bool) {
        unanswered = max(0, unanswered - 1)
        isAnswering = false
        answeredAt = ConnectionRegistry.now
        if isLast || unanswered == 0 && (isLastRead || isQuiescing) { return finish() }
        note(isActive: true)
    }

    /// Begins an exchange of the decoder: input is kept until the new decoder is in place. Several exchanges may be under way
    /// at once, because the bytes that one decoder leaves to the next can contain a request that stops that one too.
    func hold() { exchanges += 1 }

    /// Ends an exchange of the decoder, and after the last one passes on the input that was kept.
    func release() {
        exchanges -= 1
        guard exchanges == 0, let context else { return }
        let (held, isEndHeld) = (held, isEndHeld)
        (self.held, self.isEndHeld) = ([], false)
        for bytes in held { channelRead(context: context, data: wrapInboundOut(bytes)) }
        note()
        // The bytes that the old decoder left must be read too.
        context.fireChannelReadComplete()
        if isEndHeld { userInboundEventTriggered(context: context, event: ChannelEvent.inputClosed) }
    }

    // MARK: Closing

    /// Closes the connection in such a way that everything written before arrives.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .output:
            finish()
            promise?.succeed(())
        case .all where thrownAway != nil:
            // The connection is closed when the client has closed it, or when its time is up.
            context.channel.closeFuture.cascade(to: promise)
        case .all:
            // A response that waits to be flushed together with others is not lost when the server stops meanwhile.
            context.flush()
            context.close(mode: mode, promise: promise)
        case .input:
            context.close(mode: mode, promise: promise)
        }
    }

    /// Begins to close the connection after its last response. Input is read and discarded for a while. When a request was not
    /// read to its end, the output stays open: many clients stop sending when it is closed, and have not read the response by
    /// then.
    private func finish() {
        guard thrownAway == nil, let context else { return }
        thrownAway = 0
        isInputOver = true
        context.flush()
        note(isActive: true)
        if isQuiescing || registry.wantsRoom && !isReceiving && pending(context) == 0 { return context.close(promise: nil) }
        if !isReceiving { context.close(mode: .output, promise: nil) }
        context.read()
    }

    private func meetDeadline(_ context: ChannelHandlerContext) {
        guard let entry, let maxDuration = registry.limits.maxDuration(phase) else { return }
        let now = ConnectionRegistry.now
        guard Duration(now - entry.phase.since) >= maxDuration else { return }
        switch phase {
        case .answering:
            break
        case .head, .body:
            // A client from which the server does not read at present is not late.
            if isReadAwaited { timeOut(context) } else { entry.phase = (phase, now) }
        case .idle, .stalled, .draining:
            if isTaking(context) { entry.phase = (phase, now) } else { context.close(promise: nil) }
        }
    }

    /// Whether the client has received some of the pending bytes since the last check.
    private func isTaking(_ context: ChannelHandlerContext) -> Bool {
        let pending = pending(context)
        defer { pendingBefore = pending }
        return pending > 0 && (pending < pendingBefore || pendingBefore == 0)
    }

    /// How many written bytes the system has not taken yet.
    private func pending(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// Closes the connection to make room for another, unless it has work to do or a response is on its way.
    private func makeRoom(_ context: ChannelHandlerContext, isOfAnyAge: Bool) {
        guard let entry else { return }
        let age = Duration(ConnectionRegistry.now - entry.phase.since)
        guard let minDuration = registry.limits.minDuration(phase), isOfAnyAge || age >= minDuration else {
            return registry.stays(entry)
        }
        switch phase {
        case .answering:
            break
        case .idle:
            leaveUnlessAsked(context, entry)
        case .draining, .stalled:
            let isOnItsWay = pending(context) > 0 && age < registry.limits.minStallTime
            if isOnItsWay { registry.stays(entry) } else { context.close(promise: nil) }
        case .head, .body:
            // The error keeps a partial body from being taken for a complete one.
            context.fireErrorCaught(TooSlow())
            refuse(context)
        }
    }

    /// Closes an idle connection, unless a request arrives within 2 milliseconds: this thread may not have had the time to read
    /// it yet.
    private func leaveUnlessAsked(_ context: ChannelHandlerContext, _ entry: ConnectionRegistry.Entry) {
        let since = entry.phase.since
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(2)) { [self] in
            let (phase, latest) = entry.phase
            guard phase == .idle, latest == since, pending(context) == 0, !hasUnreadBytes(context) else { return registry.stays(entry) }
            context.close(promise: nil)
        }
    }

    /// Whether the system holds bytes that were not read yet. Closing then would reset the connection.
    private func hasUnreadBytes(_ context: ChannelHandlerContext) -> Bool {
        var count: CInt = 0
        _ = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
            unsafe ioctl(socket, UInt(FIONREAD), &count)
        }
        return count > 0
    }

    private func timeOut(_ context: ChannelHandlerContext) {
        write("408 Request Timeout", context)
        finish()
        context.close(mode: .output, promise: nil)
        context.fireErrorCaught(TooSlow())
    }

    private func refuse(_ context: ChannelHandlerContext) {
        isInputOver = true
        write("503 Service Unavailable\r\nRetry-After: 1", context)
        context.flush()
        context.close(promise: nil)
    }

    private func write(_ status: StaticString, _ context: ChannelHandlerContext) {
        var bytes = context.channel.allocator.buffer(capacity: 128)
        let noSniffing = "\(ConnectionHeaderHandler.noSniffing.name): \(ConnectionHeaderHandler.noSniffing.value)"
        bytes.writeString("HTTP/1.1 \(status)\r\n\(noSniffing)\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        context.write(wrapOutboundOut(.byteBuffer(bytes)), promise: nil)
    }

    // MARK: Phases

    /// Tells the registry what the connection waits for now. `isActive` says that the connection did something, even if its
    /// phase is the same.
    private func note(isActive: Bool = false) {
        guard let context, let entry else { return }
        let phase = currentPhase(context)
        guard isActive || phase != self.phase else { return }
        self.phase = phase
        pendingBefore = 0
        switch phase {
        case .head: entry.phase = (phase, max(headStart ?? .distantPast, answeredAt))
        case .body: entry.phase = (phase, max(requestStart ?? .distantPast, answeredAt))
        case .idle, .answering, .stalled, .draining: entry.phase = (phase, ConnectionRegistry.now)
        }
    }

    private func currentPhase(_ context: ChannelHandlerContext) -> ConnectionPhase {
        if thrownAway != nil { return isOutputClosed || isReceiving ? .draining : .stalled }
        if !context.channel.isWritable { return .stalled }
        switch unanswered {
        // The server also responds to input that cannot be parsed.
        case 0: return headStart != nil ? .head : isInputOver ? .answering : .idle
        case 1 where requestStart != nil && !isAnswering: return .body
        default: return .answering
        }
    }
}
