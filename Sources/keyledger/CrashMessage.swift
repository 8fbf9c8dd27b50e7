internal import Foundation

/// A damaged page of the files can crash whoever reads it. The person at the terminal learns what to do instead of
/// meeting a bare signal.
enum CrashMessage {
    private static let text: StaticString =
        "keyledger: the ledger's files hold a page that cannot be read. Look closer with: keyledger doctor\n"

    static func install() {
        for number in [SIGSEGV, SIGBUS] {
            signal(number) { _ in
                // Only what is safe in a signal handler.
                _ = unsafe write(2, CrashMessage.text.utf8Start, CrashMessage.text.utf8CodeUnitCount)
                _exit(Outcome.unavailable)
            }
        }
    }
}
