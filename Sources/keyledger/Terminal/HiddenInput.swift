internal import Foundation

/// The terminal on standard input does not show what is typed or pasted. However the reading ends it shows again: also when the
/// process is stopped (`^Z`), interrupted or told to end; going on after a stop, it hides again.
enum HiddenInput {
    private typealias Handler = @convention(c) (Int32) -> Void

    private static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM]

    // Set before the handlers are installed; they only read them.
    nonisolated(unsafe) private static var shown = termios()
    nonisolated(unsafe) private static var hidden = termios()

    /// Runs `body`; where standard input is no terminal, it is all that is done.
    static func during<Result>(_ body: () throws -> Result) rethrows -> Result {
        var attributes = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &attributes) == 0 else { return try body() }
        unsafe shown = attributes
        attributes.c_lflag &= ~tcflag_t(ECHO | ECHOE | ECHOK)
        // The end of the line moves on to the next one, as people expect.
        attributes.c_lflag |= tcflag_t(ECHONL)
        unsafe hidden = attributes
        let before = (ending + [SIGTSTP, SIGCONT]).map { ($0, install($0)) }
        apply(isHidden: true)
        defer {
            apply(isHidden: false)
            for (number, handler) in before { signal(number, handler) }
        }
        return try body()
    }

    /// What stood there before. A signal that is ignored goes on being ignored, as under `nohup`.
    private static func install(_ number: Int32) -> Handler? {
        let before = signal(number, number == SIGTSTP ? stop : number == SIGCONT ? goOn : end)
        if unsafe unsafeBitCast(before, to: Int.self) == ignored { signal(number, SIG_IGN) }
        return before
    }

    /// `SIG_IGN` as C defines it.
    private static let ignored = 1

    // Only what is safe in a signal handler: tcsetattr, signal, raise (POSIX.1-2024, XSH 2.4.3). A signal that is raised in its own
    // handler comes when the handler returns.

    private static let end: Handler = { number in
        HiddenInput.apply(isHidden: false)
        signal(number, SIG_DFL)
        raise(number)
    }

    private static let stop: Handler = { number in
        HiddenInput.apply(isHidden: false)
        signal(number, SIG_DFL)
        raise(number)
    }

    private static let goOn: Handler = { _ in
        signal(SIGTSTP, HiddenInput.stop)
        HiddenInput.apply(isHidden: true)
    }

    private static func apply(isHidden: Bool) {
        if isHidden { _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &hidden) } else { _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &shown) }
    }
}
