internal import Foundation
internal import NIOCore
internal import NIOPosix

/// Why an address cannot be listened on, in words.
enum Listening {
    static func words(for error: any Error, host: String, port: Int) -> (any Error)? {
        if error is SocketAddressError.UnknownHost {
            return WrongUse("There is no host “\(Terminal.harmless(host))”; choose an address of this machine with --host.")
        }
        guard let error = error as? IOError else { return nil }
        switch error.errnoCode {
        case EADDRINUSE: return WrongUse("Port \(port) on \(host) is in use by another program; choose another with --port.")
        case EACCES: return WrongUse("This user may not listen on port \(port); choose one above 1023 with --port.")
        case EADDRNOTAVAIL: return WrongUse("\(host) is no address of this machine; choose another with --host.")
        default:
            let reason = unsafe String(cString: strerror(error.errnoCode))
            return WrongUse("Port \(port) on \(host) cannot be listened on (\(reason)); choose others with --host and --port.")
        }
    }

    /// `option`: that names the address.
    static func words(for error: any Error, at address: ListenAddress, _ option: String) -> (any Error)? {
        let reason: String
        switch error {
        case is SocketAddressError.UnknownHost: reason = "there is no such host"
        case SocketAddressError.unixDomainSocketPathTooLong: reason = "the path is too long"
        case is UnixDomainSocketPathWrongType: reason = "there is a file of this name that is no socket"
        case let error as IOError: reason = unsafe String(cString: strerror(error.errnoCode))
        default: return nil
        }
        let shown = Terminal.harmless(address.shown(port: nil))
        return WrongUse("\(shown) cannot be listened on (\(reason)); choose another place with \(option).")
    }
}
