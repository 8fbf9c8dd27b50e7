import Foundation
import Testing

/// A crash says where the program was, and nothing of what it held.
@Suite struct CrashTests {
    @Test(arguments: [("ILL", 4), ("TRAP", 5), ("ABRT", 6)])
    func aFaultOfTheProgramShowsNoMemory(_ signal: (name: String, number: Int32)) throws {
        let ledger = try TemporaryLedger()
        // `timeout` sends the signal by which a failed check ends a program, and says how the program ended.
        let result = try ledger.run("log", "follow", through: ["timeout", "--preserve-status", "--signal", signal.name, "5"])
        #expect(result.code == 128 + signal.number)
        #expect(result.error.contains("a fault of the program itself"), "\(result.error)")
        for word in ["Registers", "rax", "rsp", "x29", "Images", "SWIFT_BACKTRACE"] {
            #expect(!result.error.contains(word), "\(word): \(result.error)")
        }
    }
}
