internal import Foundation
internal import Glibc

/// Helpers for the closures of exit tests, which run in a process of their own.
public enum Child {
    /// Ends this process as a crash would: nothing is closed or cleaned up.
    public static func die() -> Never {
        kill(getpid(), SIGKILL)
        while true { pause() }
    }

    public static func mark(_ file: String) { _ = FileManager.default.createFile(atPath: file, contents: nil) }

    public static func isMarked(_ file: String) -> Bool { FileManager.default.fileExists(atPath: file) }

    /// Waits for a mark of another process, a minute at most.
    public static func wait(for file: String) {
        for _ in 0..<60_000 where !isMarked(file) { usleep(1000) }
    }

    /// Files of this process cannot grow beyond; writing more fails instead of ending the process.
    public static func limitFileSize(_ bytes: UInt64) {
        signal(SIGXFSZ, SIG_IGN)
        setSoftLimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), bytes)
    }

    /// Files opened from now on must get a descriptor below.
    public static func limitOpenFiles(_ count: UInt64) { setSoftLimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), count) }

    private static func setSoftLimit(_ resource: __rlimit_resource_t, _ value: UInt64) {
        var limit = rlimit()
        unsafe getrlimit(resource, &limit)
        limit.rlim_cur = min(rlim_t(value), limit.rlim_max)
        unsafe setrlimit(resource, &limit)
    }
}
