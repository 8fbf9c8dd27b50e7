import Foundation
import TestSupport
import Testing

@Suite("Where a server says that it answers")
struct AddressAnnouncementTests {
    /// Reads the first lines of a server with three listeners, and at the last of them connects to each.
    private static let script = """
        import re, socket, subprocess, sys
        program, data, path = sys.argv[1:]
        server = subprocess.Popen(
            [program, "serve", "--data", data, "--port", "0", "--listen", "unix:" + path, "--auth-listen", "127.0.0.1:0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        try:
            lines = [server.stdout.readline().strip()]
            # Whoever has read the first line may call all addresses.
            socket.socket(socket.AF_UNIX).connect(path)
            lines += [server.stdout.readline().strip() for _ in range(2)]
            for line in (lines[0], lines[2]):
                socket.create_connection(("127.0.0.1", int(re.search(r":(\\d+)$", line)[1])))
            print("\\n".join(lines))
        finally:
            server.terminate()
            server.wait()
        """

    @Test("It says so in the order of its listeners, when the last one is bound")
    func order() throws {
        let ledger = try TemporaryLedger()
        let path = "/tmp/keyledger-test-\(UUID().uuidString.prefix(8)).sock"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let result = try ChildProcess.run(["python3", "-B", "-c", Self.script, Program.path, ledger.path, path])
        let lines = String(decoding: result.output, as: UTF8.self).split(separator: "\n")
        #expect(result.code == 0 && lines.count == 3, "\(String(decoding: result.error, as: UTF8.self))")
        #expect(lines.first?.hasPrefix("Keyledger answers on http://127.0.0.1:") == true)
        #expect(lines.dropFirst().first == "Keyledger answers on unix:\(path)")
        #expect(lines.last?.hasPrefix("Gateways are answered on http://127.0.0.1:") == true)
    }

    @Test("It goes on where that cannot be written, and says so")
    func lost() throws {
        let ledger = try TemporaryLedger()
        let result = try ledger.run("serve", "--port", "0", through: ["sh", "-c", "exec timeout 10 \"$@\" > /dev/full", "sh"])
        #expect(result.code == 124 && result.error.contains("could not be written to standard output"), "\(result)")
    }
}
