import TestSupport
import Testing

@Suite("The program of the listings API")
struct ProgramTests {
    private static func run(_ arguments: [String], through script: String = "exec \"$@\"") throws -> (code: Int32, error: String) {
        let result = try ChildProcess.run(["sh", "-c", script, "sh", BuiltProgram.path("listings-api")] + arguments)
        return (result.code, String(decoding: result.error, as: UTF8.self))
    }

    @Test("fails where the text that was asked for cannot be written", arguments: ["exec \"$@\" > /dev/full", "exec \"$@\" >&-"])
    func help(_ script: String) throws {
        #expect(try Self.run(["--help"]).code == 0)
        let result = try Self.run(["--help"], through: script)
        #expect(result.code == 3 && result.error == "listings-api: the text could not be written.\n", "\(result)")
    }

    @Test("says nothing of a reader that goes away, and answers wrong arguments on standard error")
    func others() throws {
        let left = try Self.run(["--help"], through: "\"$@\" | true")
        #expect(left.code == 0 && left.error.isEmpty)
        let wrong = try Self.run(["--nonsense"], through: "exec \"$@\" > /dev/full")
        #expect(wrong.code == 2 && !wrong.error.isEmpty)
    }
}
