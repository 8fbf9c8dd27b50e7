import Foundation
import Glibc
import TestSupport
import Testing

@testable import Storage

/// Another process keeps a lock: it is waited for, not without end, and named.
@Suite(.holdsLedgers) struct LockHolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Runs `body` while another process has a lock and is stopped: that of writers, through LMDB itself, where `path` is a folder.
    /// Then the process goes on, and ends.
    private static func withStoppedHolder(of path: String, _ body: (LockHolder) throws -> Void) throws {
        let script = """
            import ctypes, fcntl, os, signal, sys
            path = sys.argv[1]
            if os.path.isdir(path):
                lmdb = ctypes.CDLL("liblmdb.so.0")
                environment, transaction = ctypes.c_void_p(), ctypes.c_void_p()
                lmdb.mdb_env_create(ctypes.byref(environment))
                lmdb.mdb_env_set_mapsize(environment, ctypes.c_size_t(1 << 34))
                code = lmdb.mdb_env_open(environment, path.encode(), 0, 0o600) or lmdb.mdb_txn_begin(
                    environment, None, 0, ctypes.byref(transaction))
                assert code == 0, code
            else:
                locked = open(path, "a")
                fcntl.flock(locked, fcntl.LOCK_EX)
            with open(sys.argv[2] + ".part", "w") as file:
                file.write(str(os.getpid()))
            os.rename(sys.argv[2] + ".part", sys.argv[2])
            print("held", flush=True)
            os.kill(os.getpid(), signal.SIGSTOP)
            os._exit(0)
            """
        let file = path + ".holder"
        try ChildProcess.beside(["python3", "-c", script, path, file]) {
            let process = try #require(pid_t(String(contentsOfFile: file, encoding: .utf8)))
            defer { kill(process, SIGCONT) }
            var holder = LockHolder(thread: process)
            for _ in 0..<6_000 {
                if holder.isStopped { break }
                usleep(10_000)
                holder = LockHolder(thread: process)
            }
            try #require(holder.isStopped)
            try body(holder)
        }
    }

    private static func lockHeld(_ body: () throws -> Void) -> LockHolder? {
        do { try body() } catch StorageError.lockHeld(_, let holder) { return holder } catch { Issue.record(error) }
        return nil
    }

    /// What is answered with an error has not happened, and does not happen afterwards.
    @Test func aStoppedWriterIsNamedAndNobodyWaitsForItWithoutEnd() throws {
        let environment = try Environment(at: folder.path)
        try environment.put(1, [1])
        try Self.withStoppedHolder(of: folder.path) { holder in
            #expect(environment.isBeingWritten)
            #expect(environment.writer == holder)
            #expect(environment.otherProcess == holder)
            let found = Self.lockHeld {
                try environment.write(until: .after(.milliseconds(100))) { try $0.put(2, [9 as UInt8].span, in: environment.t) }
            }
            #expect(found == holder && holder.command?.hasPrefix("python3") == true)
            // Reading goes on.
            let value = try environment.value(1)
            #expect(value == [1])
            // It is waited for behind another, who waits for it too, and is not the one to blame.
            let other = try FileLock(path: folder.path + "/turn")
            try other.lock()
            #expect(Self.lockHeld { try environment.write(until: .after(.milliseconds(50))) { _ in } } == holder)
            other.unlock()
        }
        try environment.put(4, [4])
        #expect(try (environment.value(2), environment.value(4)) == (nil, [4]))
        #expect(environment.writer == nil && environment.otherProcess == nil)
    }

    /// It is stopped between asking for its turn and having it.
    @Test func aStoppedProcessWhoseTurnIsNextIsNamed() throws {
        let environment = try Environment(at: folder.path)
        try environment.put(1, [1])
        try Self.withStoppedHolder(of: folder.path + "/turn") { holder in
            #expect(Self.lockHeld { try environment.write(until: .after(.milliseconds(50))) { _ in } } == holder)
        }
        try environment.put(2, [2])
    }

    @Test func aStoppedHolderOfAFileLockIsNamed() throws {
        let lock = try FileLock(path: folder.path + "/lock")
        try Self.withStoppedHolder(of: folder.path + "/lock") { holder in
            #expect(Self.lockHeld { try lock.lockShared(until: .after(.milliseconds(50))) } == holder)
            #expect(Self.lockHeld { try lock.lockWhileHolderRuns(lookingEvery: .milliseconds(50)) } == holder)
        }
        try lock.lock()
    }

    /// A replay takes long, and is no reason to give up.
    @Test func whoeverRunsIsWaitedFor() async throws {
        let path = folder.path + "/lock"
        let lock = try FileLock(path: path)
        try lock.lock()
        let beside = Beside {
            let other = try FileLock(path: path)
            try other.lockWhileHolderRuns(lookingEvery: .milliseconds(10))
            return other.tryLock()
        }
        usleep(100_000)
        lock.unlock()
        #expect(try beside.join() == true)
    }

    @Test func aDeadlineThatHasPassedAllowsOneAttempt() throws {
        let (first, second) = (try FileLock(path: folder.path + "/lock"), try FileLock(path: folder.path + "/lock"))
        try first.lock(until: .after(.milliseconds(-1)))
        #expect(Self.lockHeld { try second.lock(until: .after(.milliseconds(0))) }?.process == getpid())
        first.unlock()
        try second.lock(until: .after(.milliseconds(0)))
    }

    @Test func theWordsSayWhatToDo() {
        let stopped = StorageError.lockHeld(path: "/data", by: LockHolder(process: 7, command: "keyledger", isStopped: true)).description
        #expect(stopped.contains("process 7 (keyledger), which is stopped") && stopped.contains("kill -CONT 7"))
        let running = StorageError.lockHeld(path: "/data", by: LockHolder(process: 7)).description
        #expect(running.contains("process 7") && !running.contains("CONT"))
    }

    /// Readers that were killed leave no place for others, while one process lives and keeps the table from being made anew.
    @Test func placesOfKilledReadersAreFreedBeforeAnybodyGivesUp() async throws {
        let environment = try Environment(at: folder.path)
        try environment.put(1, [1])
        for _ in 0..<2 {
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
                let environment = try Environment(at: path)
                try environment.read { _ in Child.die() }
            }
            try fillReaderTable()
            // One that reads here, many times at once, so that it needs more places than it has.
            let value = try environment.read { _ in try environment.read { _ in try environment.value(1) } }
            #expect(value == [1])
            try fillReaderTable()
            await #expect(processExitsWith: .success) { [path = folder.path as String] in
                let entries = try Environment.entries([[0, 0, 0, 0, 0, 0, 0, 1]], in: "t", path: path)
                let value = try Environment(at: path).value(1)
                #expect(entries == [[1]] && value == [1])
            }
        }
    }

    /// Makes every place that is free that of a process that is no more.
    private func fillReaderTable() throws {
        // No process has this id. By another program: whoever closes the file drops the locks by which LMDB tells who is alive.
        let dead = 0x3FFF_FFFF
        let script = """
            import struct, sys
            with open(sys.argv[1], "r+b") as file:
                data = bytearray(file.read())
                places = (len(data) - 128) // 64
                for place in range(places):
                    start = 128 + 64 * place
                    if struct.unpack_from("<i", data, start + 8)[0] == 0:
                        file.seek(start)
                        file.write(struct.pack("<Qi4xQ", 2**64 - 1, int(sys.argv[2]), 1))
                file.seek(56)
                file.write(struct.pack("<I", places))
            """
        let result = try ChildProcess.run(["python3", "-c", script, folder.path + "/lock.mdb", "\(dead)"])
        #expect(result.code == 0, "\(String(decoding: result.error, as: UTF8.self))")
    }
}
