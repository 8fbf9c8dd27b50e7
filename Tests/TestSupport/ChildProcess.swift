public import Foundation
internal import Glibc

/// Programs that tests run, each waited for by the thread that calls.
///
/// Not by Foundation's `Process`: its `run` writes past the end of a buffer, and so ends the process that calls it, where some 1,360
/// descriptors are open. Not by swift-subprocess: it needs a thread of those that tasks share, and tests that wait may hold them all.
public enum ChildProcess {
    public struct Result: Sendable {
        /// What the program exited with, or the number of the signal that ended it.
        public let code: Int32
        public let output: Data
        public let error: Data
    }

    /// What kept a program from being started.
    public struct NotStarted: Error {
        public let program: String
        public let errno: Int32
    }

    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - words: The program, looked for in PATH, and its arguments.
    ///   - input: What it reads from standard input.
    ///   - environment: Variables beside those of this process; `nil` takes one away.
    /// - Returns: What became of it, also where it failed.
    /// - Throws: `NotStarted`.
    public static func run(_ words: [String], input: String = "", environment: [String: String?] = [:]) throws -> Result {
        let (stdin, stdout, stderr) = (UnnamedFile(), UnnamedFile(), UnnamedFile())
        stdin.fill(Data(input.utf8))
        let process = try start(words, environment, [stdin, stdout, stderr])
        return Result(code: wait(for: process), output: stdout.contents, error: stderr.contents)
    }

    /// Runs `body` once a program has written its first bytes, or after a minute, and ends the program by SIGTERM when `body` has returned.
    ///
    /// - Parameters:
    ///   - words: The program, looked for in PATH, and its arguments.
    ///   - body: What is done meanwhile.
    /// - Returns: What `body` returned.
    /// - Throws: `NotStarted`, or what `body` threw.
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

    private static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : signal
    }

    /// An array of C strings with a null pointer at its end, for as long as `body` runs.
    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        return unsafe body(&pointers)
    }

    /// A file that has no name any more, and that no program waits for as for a full pipe.
    private final class UnnamedFile {
        let descriptor: Int32

        init() {
            let path = NSTemporaryDirectory() + "keyledger-test-" + UUID().uuidString
            descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            unsafe unlink(path)
        }

        deinit { close(descriptor) }

        /// Writes all of it, and goes back to the beginning.
        func fill(_ data: Data) {
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
            handle.write(data)
            handle.seek(toFileOffset: 0)
        }

        /// By a description of its own: the program's has a place of its own in the file.
        var contents: Data { FileManager.default.contents(atPath: "/proc/self/fd/\(descriptor)") ?? Data() }
    }
}
