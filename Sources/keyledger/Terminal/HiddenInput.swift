internal import Foundation

/// Input that the terminal on standard input does not show. The terminal shows input again however reading ends: also when the
/// process is stopped (`^Z`), interrupted or terminated; when it continues after a stop, input is hidden again.
enum HiddenInput {
    private typealias Handler = @convention(c) (Int32) -> Void

    private static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM]

    // The attributes are set before the handlers are installed; the handlers only read them.
    nonisolated(unsafe) private static var shown = termios()
    nonisolated(unsafe) private static var hidden = termios()

    /// Runs `body` with hidden input. When standard input is not a terminal, it only runs `body`.
    static func during<Result>(_ body: () throws -> Result) rethrows -> Result {
        var attributes = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &attributes) == 0 else { return try body() }
        unsafe shown = attributes
        attributes.c_lflag &= ~tcflag_t(ECHO | ECHOE | ECHOK)
        // The line break is shown, so that the cursor moves to the next line as people expect.
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

    /// Installs a handler and returns the previous one. A signal that is ignored stays ignored, as under `nohup`.
    private static func install(_ number: Int32) -> Handler? {
        let before = signal(number, number == SIGTSTP ? stop : number == SIGCONT ? goOn : end)
        if unsafe unsafeBitCast(before, to: Int.self) == ignored { signal(number, SIG_IGN) }
        return before
    }

    /// The value of `SIG_IGN` as C defines it.
    private static let ignored = 1

    // The handlers call only functions that are safe in one: tcsetattr, signal, raise (POSIX.1-2024, XSH 2.4.3). A
    // signal that is raised in its own handler is delivered when the handler returns.

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
