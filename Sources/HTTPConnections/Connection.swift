internal import Glibc
internal import NIOCore

/// The network's end of a connection's pipeline. It knows what the connection waits for and since when, ends it where that takes too
/// long or where others need the room, and ends it in a way that lets the last answer arrive.
final class Connection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// What the registry asks of a connection, through its pipeline.
    enum Summons {
        /// It has been in its phase for too long.
        case deadline
        /// Another needs the room, unless this one has just begun to be idle or slow.
        case room
        /// Another of the same peer needs the room.
        case ownRoom
    }

    /// A request did not come in time; its reader is told so.
    struct TooSlow: Error {}

    private let registry: ConnectionRegistry
    private var entry: ConnectionRegistry.Entry?
    private var context: ChannelHandlerContext?
    private var phase = ConnectionPhase.idle

    /// How many requests there are whose heads were read and whose answers were not written to their ends.
    private(set) var unanswered = 0
    /// When the first byte of a head came that is not complete, in milliseconds.
    private var headStart: Int64?
    /// When the first byte of the request came whose body is not complete.
    private var requestStart: Int64?
    /// When the last answer was written: before, the next request was nobody's turn.
    private var answeredAt: Int64 = 0
    /// Whether the answer to the oldest request has begun.
    private var isAnswering = false
    /// Whether it says that it is the last.
    private var isEnding = false
    private var isReadAwaited = false
    /// Nothing that comes from now on is a request.
    private(set) var isInputOver = false
    /// Whether that is because the last request was read to its end.
    private var isLastRead = false
    private var isQuiescing = false
    /// Bytes that were thrown away since the last answer.
    private var thrownAway: Int?
    private var isOutputClosed = false
    /// Of what is written: how much had not been taken at the last look in this phase, in bytes; 0: it was not looked at.
    private var pendingBefore = 0
    /// How many times the decoder is being exchanged, and what comes meanwhile.
    private var exchanges = 0
    private var held: [ByteBuffer] = []
    private var isEndHeld = false

    init(_ registry: ConnectionRegistry) { self.registry = registry }

    // MARK: What is read

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
            if thrownAway + bytes.readableBytes > registry.limits.mostLingering { context.close(promise: nil) }
        } else if exchanges > 0 {
            held.append(bytes)
        } else if !isInputOver {
            take(bytes, context)
        }
    }

    private func take(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        // Line breaks between requests are none of the next (RFC 9112 section 2.2).
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

    // MARK: What is told by whoever reads requests

    /// Whether a request that comes now would be answered.
    var takesRequests: Bool { !isEnding && !isQuiescing }

    /// What comes is no request, whatever it is.
    func endInput() {
        isInputOver = true
        headStart = nil
    }

    func headWasRead() {
        requestStart = headStart ?? ConnectionRegistry.now
        headStart = nil
        unanswered += 1
    }

    /// - Parameter isLast: Whether nothing that follows is a request.
    func requestWasRead(isLast: Bool) {
        requestStart = nil
        isLastRead = isLastRead || isLast
        isInputOver = isInputOver || isLast
    }

    /// Whether the rest of a request is to come.
    var isReceiving: Bool { requestStart != nil }

    /// What came cannot be read; that is to be said after what is to be answered before.
    func inputIsUnreadable() {
        endInput()
        note()
    }

    /// Whether the connection must end after the answer that now begins: because it answers the last request, or one whose body
    /// is not read to its end, or because others wait for the room.
    func answerBegins(isLast: Bool) -> Bool {
        isAnswering = true
        note()
        isEnding = isLast || unanswered <= 1 && (isReceiving || isLastRead || isQuiescing || registry.wantsRoom)
        return isEnding
    }

    /// The last answer was given.
    var isFinished: Bool { thrownAway != nil }

    func answerWasWritten(isLast: Bool) {
        unanswered = max(0, unanswered - 1)
        isAnswering = false
        answeredAt = ConnectionRegistry.now
        if isLast || unanswered == 0 && (isLastRead || isQuiescing) { return finish() }
        note(isActive: true)
    }

    /// What comes is kept until the decoder is another, which may take several exchanges: what one leaves to the next can be a request
    /// that stops that one too.
    func hold() { exchanges += 1 }

    func release() {
        exchanges -= 1
        guard exchanges == 0, let context else { return }
        let (held, isEndHeld) = (held, isEndHeld)
        (self.held, self.isEndHeld) = ([], false)
        for bytes in held { channelRead(context: context, data: wrapInboundOut(bytes)) }
        note()
        // What the old decoder left is to be seen too.
        context.fireChannelReadComplete()
        if isEndHeld { userInboundEventTriggered(context: context, event: ChannelEvent.inputClosed) }
    }

    // MARK: How it ends

    /// Whoever closes the connection lets what was written arrive.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .output:
            finish()
            promise?.succeed(())
        case .all where thrownAway != nil:
            // It will be closed when the client is gone, or has had the time.
            context.channel.closeFuture.cascade(to: promise)
        case .all:
            // An answer that waits to go out together with others is not lost when the server stops meanwhile.
            context.flush()
            context.close(mode: mode, promise: promise)
        case .input:
            context.close(mode: mode, promise: promise)
        }
    }

    /// After the last answer. What a client still sends is thrown away for a while. Where a request was not read to its end, its client
    /// is not told yet that there will be no more: many give up sending then, and have not read the answer.
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
        guard let entry, let longest = registry.limits.longest(phase) else { return }
        let now = ConnectionRegistry.now
        guard now - entry.phase.since >= longest.inMilliseconds else { return }
        switch phase {
        case .answering:
            break
        case .head, .body:
            // Whoever is not read from is not late.
            if isReadAwaited { timeOut(context) } else { entry.phase = (phase, now) }
        case .idle, .stalled, .lingering:
            if isTaking(context) { entry.phase = (phase, now) } else { context.close(promise: nil) }
        }
    }

    /// Whether the client has taken some of what waits for it since the last look.
    private func isTaking(_ context: ChannelHandlerContext) -> Bool {
        let pending = pending(context)
        defer { pendingBefore = pending }
        return pending > 0 && (pending < pendingBefore || pendingBefore == 0)
    }

    /// What was written and is not taken by the system yet, in bytes.
    private func pending(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// Nobody is closed who has something to do, and no answer is cut off that is on its way.
    private func makeRoom(_ context: ChannelHandlerContext, isOfAnyAge: Bool) {
        guard let entry else { return }
        let age = ConnectionRegistry.now - entry.phase.since
        guard let shortest = registry.limits.shortest(phase), isOfAnyAge || age >= shortest.inMilliseconds else {
            return registry.stays(entry)
        }
        switch phase {
        case .answering:
            break
        case .idle:
            leaveUnlessAsked(context, entry)
        case .lingering, .stalled:
            let isOnItsWay = pending(context) > 0 && age < registry.limits.shortestStall.inMilliseconds
            if isOnItsWay { registry.stays(entry) } else { context.close(promise: nil) }
        case .head, .body:
            // Half a body is never taken for a whole one.
            context.fireErrorCaught(TooSlow())
            refuse(context)
        }
    }

    /// A request may have come that this thread had no time to read yet: it is looked for once more.
    private func leaveUnlessAsked(_ context: ChannelHandlerContext, _ entry: ConnectionRegistry.Entry) {
        let since = entry.phase.since
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(2)) { [self] in
            let (phase, latest) = entry.phase
            guard phase == .idle, latest == since, pending(context) == 0, !hasUnreadBytes(context) else { return registry.stays(entry) }
            context.close(promise: nil)
        }
    }

    /// Whether the system holds bytes that were not read yet. To close then would reset the connection.
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
        let noSniffing = "\(RequestHeads.noSniffing.name): \(RequestHeads.noSniffing.value)"
        bytes.writeString("HTTP/1.1 \(status)\r\n\(noSniffing)\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        context.write(wrapOutboundOut(.byteBuffer(bytes)), promise: nil)
    }

    // MARK: Phases

    /// Tells the registry what the connection waits for now. `isActive`: it did something, even if it waits for the same.
    private func note(isActive: Bool = false) {
        guard let context, let entry else { return }
        let phase = currentPhase(context)
        guard isActive || phase != self.phase else { return }
        self.phase = phase
        pendingBefore = 0
        switch phase {
        case .head: entry.phase = (phase, max(headStart ?? 0, answeredAt))
        case .body: entry.phase = (phase, max(requestStart ?? 0, answeredAt))
        case .idle, .answering, .stalled, .lingering: entry.phase = (phase, ConnectionRegistry.now)
        }
    }

    private func currentPhase(_ context: ChannelHandlerContext) -> ConnectionPhase {
        if thrownAway != nil { return isOutputClosed || isReceiving ? .lingering : .stalled }
        if !context.channel.isWritable { return .stalled }
        switch unanswered {
        // What cannot be read is answered too.
        case 0: return headStart != nil ? .head : isInputOver ? .answering : .idle
        case 1 where requestStart != nil && !isAnswering: return .body
        default: return .answering
        }
    }
}
