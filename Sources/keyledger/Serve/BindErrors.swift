internal import Foundation
internal import NIOCore
internal import NIOPosix

/// The messages for errors of binding a listener to an address.
enum BindErrors {
    static func words(for error: any Error, host: String, port: Int) -> (any Error)? {
        if error is SocketAddressError.UnknownHost {
            return UsageError("There is no host “\(Terminal.sanitized(host))”; choose an address of this machine with --host.")
        }
        guard let error = error as? IOError else { return nil }
        switch error.errnoCode {
        case EADDRINUSE: return UsageError("Port \(port) on \(host) is in use by another program; choose another with --port.")
        case EACCES: return UsageError("This user may not listen on port \(port); choose one above 1023 with --port.")
        case EADDRNOTAVAIL: return UsageError("\(host) is no address of this machine; choose another with --host.")
        default:
            let reason = unsafe String(cString: strerror(error.errnoCode))
            return UsageError("Port \(port) on \(host) cannot be listened on (\(reason)); choose others with --host and --port.")
        }
    }

    /// Throws when another program listens on a Unix socket: its socket file would be replaced, and its clients would connect
    /// here. The file of a program that no longer listens is replaced. `option` is the command-line option with the address.
    static func checkFree(_ address: ListenAddress, _ option: String) throws {
        guard case .socket(let path) = address, isAnswered(path) else { return }
        throw UsageError(
            "\(Terminal.sanitized(address.shown(port: nil))) is in use by another program; choose another place with \(option).")
    }

    private static func isAnswered(_ path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // When the queue of connections is full, a program is listening.
        return result == 0 || errno == EAGAIN || errno == EINPROGRESS
    }

    /// Returns the message for an error; `nil` for errors of another kind. `option` is the command-line option with the
    /// address.
    static func words(for error: any Error, at address: ListenAddress, _ option: String) -> (any Error)? {
        let reason: String
        switch error {
        case is SocketAddressError.UnknownHost: reason = "there is no such host"
        case SocketAddressError.unixDomainSocketPathTooLong: reason = "the path is too long"
        case is UnixDomainSocketPathWrongType: reason = "there is a file of this name that is no socket"
        case let error as IOError: reason = unsafe String(cString: strerror(error.errnoCode))
        default: return nil
        }
        let shown = Terminal.sanitized(address.shown(port: nil))
        return UsageError("\(shown) cannot be listened on (\(reason)); choose another place with \(option).")
    }
}
