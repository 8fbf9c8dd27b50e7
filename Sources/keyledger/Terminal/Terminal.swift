internal import Foundation
internal import KeyEvents
internal import Ledger
internal import LedgerQueries

enum Terminal {
    static var isErrorTerminal: Bool { isatty(2) == 1 }

    /// The width that lines for people are folded to: the value of COLUMNS or, without one, the columns of the terminal on
    /// standard output. `nil` when lines are not folded.
    static var width: Int? {
        if let text = ProcessInfo.processInfo.environment["COLUMNS"], let columns = WholeNumber.read(text, in: 20...10_000) {
            return columns
        }
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        guard let known = columns(of: STDOUT_FILENO), known >= 20 else { return defaultColumns }
        return known
    }

    /// The width of a terminal that does not report one.
    static let defaultColumns = 80

    /// Returns the current width of the terminal behind a descriptor; `nil` when it is not a terminal, or does not report a
    /// width.
    static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes the result of a command. `loss` says what to know when it cannot be written, since the command was carried out
    /// before. Where there is something to know, a pipe without a reader is an error like any other; otherwise it ends the process.
    static func writeResult(_ words: String, ifLost loss: String? = nil) throws(OutputError) {
        let disposition = loss == nil ? nil : signal(SIGPIPE, SIG_IGN)
        defer { if loss != nil { signal(SIGPIPE, disposition) } }
        if let problem = write(words + "\n", to: STDOUT_FILENO) {
            throw OutputError(problem: unsafe String(cString: strerror(problem)), loss: loss)
        }
    }

    static func error(_ words: String, end: String = "\n") { _ = write(words + end, to: STDERR_FILENO) }

    /// Opens substitutes for closed standard streams. Otherwise the next file to be opened would get the number of the stream,
    /// and a file of the ledger would receive output for people. The substitute cannot be written, or read.
    static func holdStandardStreams() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Makes text from outside safe to print: it contains nothing that a terminal would obey.
    static func sanitized(_ text: String) -> String { DisplayText.sanitized(text) }

    private static func write(_ text: String, to descriptor: Int32) -> Int32? { write(Array(text.utf8)[...], to: descriptor) }

    /// Writes all bytes. Returns `nil`, or the `errno` of the failure. When the reader of a pipe is closed, SIGPIPE ends the
    /// process.
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

/// The error that a command was carried out but its result could not be written.
struct OutputError: Error {
    let problem: String
    let loss: String?

    var words: String { "the answer could not be written (\(problem)); what was asked was done." + (loss.map { " " + $0 } ?? "") }
}
