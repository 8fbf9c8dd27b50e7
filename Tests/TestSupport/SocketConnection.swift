internal import Foundation
internal import Glibc
internal import Testing

/// A connection to a port of this machine on which the test decides what is sent and when. Its calls block.
public final class SocketConnection {
    private let descriptor: Int32
    private let timeout: Duration
    private var isOpen = true

    /// Opens a connection.
    ///
    /// - Parameters:
    ///   - port: The port on this machine.
    ///   - seconds: How long a call waits for the other side, in seconds.
    ///   - receiveBuffer: How much received data the system buffers, in bytes; `nil` for its default.
    /// - Throws: An error of the test where the connection cannot be opened.
    public init(port: Int, timeout seconds: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        timeout = .seconds(seconds)
        if let receiveBuffer { set(SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let descriptor = descriptor
        let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isConnected)
        set(Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1))
        set(SOL_SOCKET, SO_RCVTIMEO, timeval(tv_sec: seconds, tv_usec: 0))
        set(SOL_SOCKET, SO_SNDTIMEO, timeval(tv_sec: seconds, tv_usec: 0))
    }

    deinit { leave() }

    /// Closes the connection, whether or not more data comes.
    public func leave() {
        guard isOpen else { return }
        isOpen = false
        close(descriptor)
    }

    /// Waits.
    ///
    /// - Parameter milliseconds: The time in milliseconds.
    public static func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

    /// Waits.
    ///
    /// - Parameter milliseconds: The time in milliseconds.
    public func pause(milliseconds: UInt32) { Self.pause(milliseconds: milliseconds) }

    /// Ends sending, and keeps receiving.
    public func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Sends bytes, and returns whether the other side accepted all of them.
    @discardableResult public func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Sends a text, and returns whether the other side accepted all of it.
    @discardableResult public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Returns the bytes that come next; none where the other side has ended, or sends nothing in time.
    public func receiveSome() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe read(descriptor, &buffer, buffer.count)
        return count > 0 ? Array(buffer[..<count]) : []
    }

    /// Returns the text that comes until it ends with `end`, or until the other side has ended. It throws where data keeps coming
    /// for too long.
    public func receive(upTo end: String? = nil) throws -> String {
        let deadline = ContinuousClock.now + timeout
        var received: [UInt8] = []
        while end.map({ received.suffix($0.utf8.count) != Array($0.utf8)[...] }) ?? true {
            let more = receiveSome()
            guard !more.isEmpty else { break }
            received += more
            try #require(ContinuousClock.now < deadline)
        }
        return String(decoding: received, as: UTF8.self)
    }

    private func set<Value: BitwiseCopyable>(_ level: Int32, _ option: Int32, _ value: Value) {
        var value = value
        unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Value>.size))
    }
}
