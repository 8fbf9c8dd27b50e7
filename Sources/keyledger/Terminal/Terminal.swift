internal import Foundation
internal import KeyEvents
internal import Ledger
internal import LedgerQueries

enum Terminal {
    static var isErrorTerminal: Bool { isatty(2) == 1 }

    /// To which lines for people are folded: the columns of the terminal that standard output is, or what COLUMNS says, which goes before.
    /// `nil`: they are not folded.
    static var width: Int? {
        if let text = ProcessInfo.processInfo.environment["COLUMNS"], let columns = WholeNumber.read(text, in: 20...10_000) {
            return columns
        }
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        guard let known = columns(of: STDOUT_FILENO), known >= 20 else { return usualColumns }
        return known
    }

    /// Where a terminal does not say how wide it is.
    static let usualColumns = 80

    /// Of the terminal behind a descriptor, as it is now; `nil` where it is none, or does not say.
    static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// What a command was asked for. `loss`: what to know when it cannot be written, since the command is carried out by then.
    static func answer(_ words: String, ifLost loss: String? = nil) throws {
        if let problem = write(words + "\n", to: STDOUT_FILENO) {
            throw LostAnswer(problem: unsafe String(cString: strerror(problem)), loss: loss)
        }
    }

    /// What nobody is the worse for missing; written at once, also into a pipe.
    static func line(_ words: String) { _ = write(words + "\n", to: STDOUT_FILENO) }

    static func error(_ words: String, end: String = "\n") { _ = write(words + end, to: STDERR_FILENO) }

    /// A standard stream that is closed would give its number to the next file that is opened, and a file of the ledger would
    /// take what is meant for people. In its place stands something that cannot be written, or read.
    static func holdStandardStreams() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// What comes from outside, with nothing in it that a terminal would obey.
    static func harmless(_ text: String) -> String { DisplayText.harmless(text) }

    private static func write(_ text: String, to descriptor: Int32) -> Int32? { write(Array(text.utf8)[...], to: descriptor) }

    /// `nil` when all of it is written; else why not, as `errno`. A reader that went away ends the process by SIGPIPE.
    static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Int32? {
        var rest = bytes
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                unsafe poll(&ready, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }
}

/// The command was carried out, and its answer could not be written.
struct LostAnswer: Error {
    let problem: String
    let loss: String?

    var words: String { "the answer could not be written (\(problem)); what was asked was done." + (loss.map { " " + $0 } ?? "") }
}
