import Foundation
import LedgerQueries
import TestSupport
import Testing

/// Programs that find the machine's clock set: each starts anew, and knows the clock from those before it.
@Suite("The clock of the machine was set") struct ClockTests {
    /// Words to put before a program so that its wall clock is so far off.
    private static func clock(ahead seconds: Int64) throws -> [String] {
        ["env", "LD_PRELOAD=" + (try library.get()), "CLOCK_AHEAD=\(seconds)"]
    }

    /// Stands between a program and its wall clock; the monotonic one stays as it is.
    private static let library = Result {
        let path = FileManager.default.temporaryDirectory.path + "/keyledger-clock-\(UUID().uuidString).so"
        let source = """
            #include <stdlib.h>
            #include <sys/syscall.h>
            #include <time.h>
            #include <unistd.h>
            int clock_gettime(clockid_t clock, struct timespec *time) {
                long result = syscall(SYS_clock_gettime, clock, time);
                const char *ahead = getenv("CLOCK_AHEAD");
                if (result == 0 && clock == CLOCK_REALTIME && ahead) time->tv_sec += atoll(ahead);
                return (int)result;
            }
            """
        let result = try ChildProcess.run(["clang", "-shared", "-fPIC", "-x", "c", "-o", path, "-"], input: source)
        guard result.code == 0 else { throw NoLibrary(words: String(decoding: result.error, as: UTF8.self)) }
        return path
    }

    private struct NoLibrary: Error {
        let words: String
    }

    private static func types(_ ledger: TemporaryLedger) throws -> [String] { try ledger.events.compactMap { $0["type"] as? String } }

    @Test(arguments: [315_360_000, 3600, -3600, -1_800_000_000] as [Int64])
    func nothingIsRecordedByIt(_ seconds: Int64) throws {
        let ledger = try TemporaryLedger()
        let key = try ledger.key("--expires", "30d")
        let leaked = try ledger.key(name: "leaked")
        let before = try Self.types(ledger)
        let wrong = try Self.clock(ahead: seconds)
        for arguments in [["verify"], ["keys", "create", "--name", "x"], ["keys", "rename", key.id, "x"], ["keys", "enable", key.id]] {
            let result = try Program.run(arguments + ["--data", ledger.path], input: key.secret + "\n", through: wrong)
            #expect(result.code == 3 && result.error.contains("log clock --confirm"), "\(arguments) \(result)")
        }
        let standing = try ledger.run("log", "clock", "--json", through: wrong)
        #expect(standing.code == 1 && standing.object["believed"] as? Bool == false)
        #expect(try ledger.run("doctor", through: wrong).output.contains("log clock --confirm"))
        #expect(try Self.types(ledger) == before)

        #expect(try ledger.run("keys", "revoke", leaked.id, through: wrong).code == 0)
        #expect(try Self.types(ledger).last == "KeyRevoked")
        #expect(try ledger.verify(key.secret).code == 0)
        #expect(try ledger.run("log", "clock").code == 0)
        #expect(try ledger.run("audit", "verify").code == 0)
    }

    @Test func whatAnOperatorConfirmsIsBelieved() throws {
        let ledger = try TemporaryLedger()
        let key = try ledger.key("--expires", "30d")
        let ahead = try Self.clock(ahead: 365 * 86_400)
        #expect(try ledger.run("log", "clock", "--confirm", through: ahead).code == 0)
        #expect(try Program.run(["verify", "--data", ledger.path], input: key.secret + "\n", through: ahead).code == 1)
        // And back: stamps stay, and each record says when it happened.
        #expect(try ledger.verify(key.secret).code == 3)
        let back = try ledger.run("log", "clock", "--confirm", "--json")
        #expect(back.code == 0 && back.object["stampsUntil"] is String, "\(back)")
        #expect(try ledger.verify(key.secret).code == 0)
        let event = try #require(try ledger.events.last)
        #expect(event["type"] as? String == "KeyUsed" && event["occurredAt"] is String)
        #expect(try ledger.run("audit", "verify").code == 0)
        #expect(try ledger.run("replay", "--check").code == 0)
    }
}
