internal import Foundation

/// The handler of crashes. It prints one sentence, and nothing of registers and memory, which contain keys. (Swift's own
/// report, which this replaces, prints them.)
enum CrashMessage {
    private static let text: StaticString = "listings-api: a fault of the program itself ended it.\n"

    static func install() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        for number in [SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGSEGV, SIGBUS] {
            signal(number) { number in
                // The handler calls only functions that are safe in a signal handler.
                _ = unsafe write(2, CrashMessage.text.utf8Start, CrashMessage.text.utf8CodeUnitCount)
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }
}
