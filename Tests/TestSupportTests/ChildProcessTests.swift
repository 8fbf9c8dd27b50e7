import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Programs that tests run")
struct ChildProcessTests {
    @Test("What a program reads, is told, writes, and ends with")
    func wholeRun() throws {
        let input = String(repeating: "more than a pipe holds ", count: 10_000)
        let script = "cat; printf %s \"$GREETING\" >&2; exit 7"
        let result = try ChildProcess.run(["sh", "-c", script], input: input, environment: ["GREETING": "good day", "HOME": nil])
        #expect(result.code == 7)
        #expect(String(decoding: result.output, as: UTF8.self) == input && String(decoding: result.error, as: UTF8.self) == "good day")
        #expect(try ChildProcess.run(["sh", "-c", "kill -9 $$"]).code == SIGKILL)
        #expect(try ChildProcess.run(["sh", "-c", "test -z \"$HOME\""], environment: ["HOME": nil]).code == 0)
    }

    @Test("One that goes on beside others, and is ended")
    func beside() throws {
        let process = try ChildProcess.beside(["sh", "-c", "echo $$; while :; do sleep 1; done"]) {
            try ChildProcess.run(["sh", "-c", "echo beside"]).output
        }
        #expect(String(decoding: process, as: UTF8.self) == "beside\n")
    }

    @Test("By a process that holds thousands of descriptors")
    func manyDescriptors() async {
        await #expect(processExitsWith: .success) {
            #expect(Self.open(3000), "the hard limit is less")
            let code = try? ChildProcess.run(["true"]).code
            #expect(code == 0)
        }
    }

    private static func open(_ count: Int) -> Bool {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return (0..<count).allSatisfy { _ in unsafe Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0 }
    }
}
