internal import Foundation
internal import Storage

/// The handler of crashes: it tells the person at the terminal, or the service's log, why the program ended. It prints where
/// the program was, and nothing of its registers and memory, which contain secrets; nor does it leave a core file. (Swift's own
/// report, which this replaces, prints the registers and the memory that they point to.)
enum CrashMessage {
    /// A damaged page of the ledger's files can crash any process that reads it.
    private static let damage: StaticString =
        "keyledger: the ledger's files hold a page that cannot be read. Look closer with: keyledger doctor\n"
    private static let fault: StaticString =
        "keyledger: a fault of the program itself ended it. Please report it with the lines that follow, which hold no secrets.\n"
    private static let maxFrames: CInt = 64

    static func install() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        // The first calls load what later calls need: nothing may be allocated in a signal handler.
        sayFrames(to: -1)
        for number in [SIGSEGV, SIGBUS] {
            signal(number) { _ in
                // The handler calls only functions that are safe in a signal handler.
                CrashMessage.say(CrashMessage.damage)
                _exit(ExitStatus.unavailable)
            }
        }
        // A failed check of Swift ends a program with one of these signals: overflows, indices, preconditions.
        for number in [SIGILL, SIGTRAP, SIGFPE, SIGABRT] {
            signal(number) { number in
                if Environment.hasFailedAssertion {
                    CrashMessage.say(CrashMessage.damage)
                    _exit(ExitStatus.unavailable)
                }
                CrashMessage.say(CrashMessage.fault)
                CrashMessage.sayFrames(to: 2)
                // A supervisor sees that the program crashed.
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    private static func say(_ text: StaticString) { _ = unsafe write(2, text.utf8Start, text.utf8CodeUnitCount) }

    // The functions of glibc's execinfo.h, which no Swift module exports.
    private typealias Frames = UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private static let collect = unsafe symbol("backtrace", as: (@Sendable @convention(c) (Frames, CInt) -> CInt).self)
    private static let writeOut = unsafe symbol("backtrace_symbols_fd", as: (@Sendable @convention(c) (Frames, CInt, CInt) -> Void).self)

    private static func symbol<Function>(_ name: String, as type: Function.Type) -> Function? {
        guard let address = unsafe dlsym(nil, name) else { return nil }
        return unsafe unsafeBitCast(address, to: type)
    }

    /// Writes one line for each active function: its file, and its name or offset.
    private static func sayFrames(to file: CInt) {
        unsafe withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: Int(maxFrames)) { frames in
            guard let start = frames.baseAddress, let collect = unsafe collect, let writeOut = unsafe writeOut else { return }
            unsafe writeOut(start, collect(start, maxFrames), file)
        }
    }
}
