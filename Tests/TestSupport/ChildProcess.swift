public import Foundation
internal import Glibc

/// Programs that tests run. The calling thread waits for each.
///
/// Foundation's `Process` is not used: its `run` writes past the end of a buffer, and so ends the calling process, where some
/// 1,360 descriptors are open. Neither is swift-subprocess: it needs a thread of those that tasks share, and tests that wait may
/// occupy all of them.
public enum ChildProcess {
    /// The result of a program that ended.
    public struct Result: Sendable {
        /// The exit code, or the number of the signal that ended the program.
        public let code: Int32
        /// What the program wrote to standard output.
        public let output: Data
        /// What the program wrote to standard error.
        public let error: Data
    }

    /// The error that kept a program from being started.
    public struct NotStarted: Error {
        /// The name of the program.
        public let program: String
        /// The error code of the system.
        public let errno: Int32
    }

    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - words: The program, which is looked for in PATH, and its arguments.
    ///   - input: What the program reads from standard input.
    ///   - environment: Variables in addition to those of this process; `nil` removes one.
    /// - Returns: The result of the program, also where it failed. A program that has not ended after ten minutes is ended by SIGKILL.
    /// - Throws: `NotStarted` where the program could not be started.
    public static func run(_ words: [String], input: String = "", environment: [String: String?] = [:]) throws -> Result {
        let (stdin, stdout, stderr) = (UnnamedFile(), UnnamedFile(), UnnamedFile())
        stdin.fill(Data(input.utf8))
        let process = try start(words, environment, [stdin, stdout, stderr])
        return Result(code: wait(for: process), output: stdout.contents, error: stderr.contents)
    }

    /// Runs `body` once a program has written its first bytes, or after a minute, and ends the program by SIGTERM when `body` has
    /// returned.
    ///
    /// - Parameters:
    ///   - words: The program, which is looked for in PATH, and its arguments.
    ///   - body: What to do while the program runs.
    /// - Returns: What `body` returned.
    /// - Throws: `NotStarted` where the program could not be started, and what `body` threw.
    public static func beside<Answer>(_ words: [String], _ body: () throws -> Answer) throws -> Answer {
        let (stdin, stdout, stderr) = (UnnamedFile(), UnnamedFile(), UnnamedFile())
        let process = try start(words, [:], [stdin, stdout, stderr])
        defer {
            kill(process, SIGTERM)
            _ = wait(for: process)
        }
        for _ in 0..<6_000 where stdout.contents.isEmpty { usleep(10_000) }
        return try body()
    }

    private static func start(_ words: [String], _ environment: [String: String?], _ files: [UnnamedFile]) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, file) in files.enumerated() { unsafe posix_spawn_file_actions_adddup2(&actions, file.descriptor, Int32(number)) }

        // The threads of tests block signals, which a program would inherit.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var (none, pipe) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&none)
        unsafe sigemptyset(&pipe)
        unsafe sigaddset(&pipe, SIGPIPE)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &pipe)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var variables: [String: String?] = ProcessInfo.processInfo.environment
        variables.merge(environment) { $1 }
        var process: pid_t = 0
        let failure = unsafe withCStrings(words) { arguments in
            unsafe withCStrings(variables.compactMap { name, value in value.map { name + "=" + $0 } }) { variables in
                unsafe posix_spawnp(&process, words[0], &actions, &attributes, arguments, variables)
            }
        }
        guard failure == 0 else { throw NotStarted(program: words[0], errno: failure) }
        return process
    }

    /// The number of times that a program is looked at before it is ended, which takes ten minutes.
    private static let maxPolls = 60_000

    private static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        var polls = 0
        // Short waits first: most programs end within milliseconds.
        while unsafe waitpid(process, &status, WNOHANG) == 0 {
            polls += 1
            if polls == maxPolls { kill(process, SIGKILL) }
            usleep(polls < 100 ? 1_000 : 10_000)
        }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : signal
    }

    /// Lends an array of C strings with a null pointer at its end to `body`.
    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        return unsafe body(&pointers)
    }

    /// A file without a name. Unlike a full pipe, it never makes a program wait.
    private final class UnnamedFile {
        let descriptor: Int32

        init() {
            let path = NSTemporaryDirectory() + "keyledger-test-" + UUID().uuidString
            descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            unsafe unlink(path)
        }

        deinit { close(descriptor) }

        /// Writes all of the data, and moves back to the beginning.
        func fill(_ data: Data) {
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
            handle.write(data)
            handle.seek(toFileOffset: 0)
        }

        /// The contents of the file. They are read through another file description, since the program has its own offset in the
        /// file.
        var contents: Data { FileManager.default.contents(atPath: "/proc/self/fd/\(descriptor)") ?? Data() }
    }
}
