import Bytes
import Glibc
import Synchronization
import Testing

/// A loopback port that nobody else gets and on which nobody listens, until a server takes its socket over or this goes away.
final class ReservedPort: Sendable {
    let port: Int
    private let descriptor: Int32
    private let isTaken = Atomic(false)

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        self.descriptor = descriptor
        port = Int(in_port_t(bigEndian: address.sin_port))
        try #require(isBound)
    }

    deinit { if !isTaken.load(ordering: .relaxed) { close(descriptor) } }

    /// Its socket, which is the caller's from now on.
    func take() -> Int32 {
        isTaken.store(true, ordering: .relaxed)
        return descriptor
    }
}
