import Foundation
import LedgerQueries
import Testing

@Suite struct DoctorTests {
    @Test func aSoundFolder() throws {
        let ledger = try TemporaryLedger()
        _ = try ledger.key()
        let result = try ledger.run("doctor", "--json")
        #expect(result.code == 0)
        #expect(result.object["ok"] as? Bool == true)
        #expect(result.object["unavailable"] is NSNull)
    }

    @Test func descriptorsThatItInheritedAreNoHindrance() throws {
        let ledger = try TemporaryLedger()
        let script = "ulimit -Sn \"$(ulimit -Hn)\"; for ((i = 10; i < 3000; i++)); do eval \"exec $i</dev/null\"; done; exec \"$@\""
        for command in [["doctor"], ["audit", "verify", "--views"]] {
            let result = try Program.run(command + ["--data", ledger.path], through: ["bash", "-c", script, "bash"])
            #expect(result.code == 0 && result.error.isEmpty, "\(command) \(result.code) \(result.error)")
        }
    }

    @Test func aLostVaultIsNoDamage() throws {
        let ledger = try TemporaryLedger()
        _ = try ledger.key()
        try FileManager.default.removeItem(atPath: ledger.path + "/vault")
        let result = try ledger.run("doctor", "--json")
        #expect(result.code == 0, "\(result.output)")
        #expect(result.output.contains("The data key of the account operator is lost") && result.output.contains("Restore vault/"))
    }

    /// Whatever keeps the ledger from being served is no soundness either.
    @Test(arguments: ["copy under another name", "dangling link", "folder"])
    func aCheckpointThatTheLogDoesNotReachIsFound(_ kind: String) throws {
        let ledger = try TemporaryLedger()
        let other = ledger.path + ".copy"
        defer { try? FileManager.default.removeItem(atPath: other) }
        #expect(try ledger.run("log", "checkpoint", "--sign").code == 0)
        try FileManager.default.copyItem(atPath: ledger.path, toPath: other)
        _ = try ledger.key()
        #expect(try ledger.run("log", "checkpoint", "--sign").code == 0)
        let newest = try #require(
            FileManager.default.contentsOfDirectory(atPath: ledger.path + "/checkpoints").filter { $0.utf8.count == 20 }.max())
        let file = other + "/checkpoints/" + (kind.hasPrefix("copy") ? ".mine" : newest)
        switch kind {
        case "dangling link": try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: "/nowhere")
        case "folder": try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
        default: try FileManager.default.copyItem(atPath: ledger.path + "/checkpoints/" + newest, toPath: file)
        }
        for command in [["doctor"], ["audit", "verify"]] {
            let result = try Program.run(command + ["--data", other])
            #expect(result.code == 3, "\(command) \(result.output) \(result.error)")
        }
        let exported = try Program.run(["log", "export", "--out", other + "/bundle", "--data", other])
        #expect(exported.code == 3, "\(exported)")
    }

    @Test func whatIsNoCheckpointIsNamed() throws {
        let ledger = try TemporaryLedger()
        let folder = ledger.path + "/checkpoints/old"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let result = try ledger.run("doctor")
        #expect(result.code == 0 && result.output.contains("! \(folder) is no checkpoint: it is a folder."), "\(result.output)")
    }

    @Test func missingCheckpointsAreNamed() throws {
        let ledger = try TemporaryLedger()
        _ = try ledger.key()
        try FileManager.default.removeItem(atPath: ledger.path + "/checkpoints")
        let result = try ledger.run("doctor")
        #expect(result.code == 0 && result.output.contains("! \(ledger.path)/checkpoints is missing."), "\(result.output)")
        #expect(result.output.contains("Sound, but for what is marked with !"))
    }

    @Test func aDamagedDataKeyIsFound() throws {
        let ledger = try TemporaryLedger()
        _ = try ledger.key("--account", "acme", name: "Jane")
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: ledger.path + "/vault/acme.key"))
        let result = try ledger.run("doctor", "--json")
        #expect(result.code == 3)
        let damaged = result.object["damaged"] as? [[String: Any]] ?? []
        #expect(damaged.count == 1 && (damaged.first?["what"] as? String)?.contains("acme.key") == true, "\(damaged)")
        #expect(damaged.first?["position"] is NSNull)
        #expect(try ledger.run("keys", "list").output.contains("(unreadable)"))
    }

    @Test func aFlippedBitInARecordIsFoundWithItsPosition() throws {
        let ledger = try TemporaryLedger()
        for number in 0..<5 { _ = try ledger.key(name: "key \(number)") }
        let id = try #require(try ledger.events[3]["keyId"] as? String)
        // The record begins with the key id, field 1: 0x0A, 16, then the id's bytes.
        try flip(ledger.path + "/ledger/data.mdb", after: Data([0x0A, 16]) + bytes(hex: id.dropFirst(4)), followedBy: 0x12, offset: 8)
        let result = try ledger.run("doctor", "--json")
        #expect(result.code == 3)
        let damaged = result.object["damaged"] as? [[String: Any]] ?? []
        #expect(damaged.contains { $0["position"] as? Int == 3 }, "\(damaged)")
        let shown = try ledger.run("log", "show")
        #expect(shown.code == 3)
        #expect(shown.error.contains("position 3"))
    }

    @Test func aBrokenPageDoesNotTakeDoctorDown() throws {
        let ledger = try TemporaryLedger()
        for number in 0..<40 { _ = try ledger.key(name: "key \(number)") }
        let file = ledger.path + "/ledger/data.mdb"
        let data = try #require(FileManager.default.contents(atPath: file))
        var found = 0
        // The headers of pages in use: bounds, flags and entry offsets.
        for page in stride(from: 2 * 4096, to: 120 * 4096, by: 4096) where data[page..<page + 4096].contains(where: { $0 != 0 }) {
            var broken = data
            for offset in 10..<24 { broken[page + offset] ^= 0xFF }
            try broken.write(to: URL(fileURLWithPath: file))
            let result = try ledger.run("doctor", "--json")
            #expect(result.code == 0 || result.code == 3, "page \(page / 4096): \(result.code) \(result.error)")
            #expect(result.object["ok"] != nil, "page \(page / 4096): \(result.output) \(result.error)")
            if result.code == 3 { found += 1 }
            if found == 6 { break }
        }
        #expect(found == 6)
        try data.write(to: URL(fileURLWithPath: file))
        #expect(try ledger.run("doctor").code == 0)
    }

    @Test func aNewerVersionIsLeftAlone() throws {
        let ledger = try TemporaryLedger()
        let file = ledger.path + "/ledger/data.mdb"
        var data = try #require(FileManager.default.contents(atPath: file))
        // The entry `format` of the table `meta`, in every copy that pages hold.
        var start = data.startIndex
        while let range = data.range(of: Data("format".utf8) + Data([0, 0, 0, 3]), in: start..<data.endIndex) {
            data[range.upperBound - 1] = 9
            start = range.upperBound
        }
        try data.write(to: URL(fileURLWithPath: file))
        let result = try ledger.run("keys", "list")
        #expect(result.code == 3)
        #expect(result.error.contains("newer version"))
        #expect(try ledger.run("init").code == 2)
        #expect(FileManager.default.contents(atPath: file)?.prefix(1 << 20) == data.prefix(1 << 20))
    }

    private func bytes(hex: some StringProtocol) -> Data {
        var data = Data()
        var rest = hex[...]
        while rest.count >= 2 {
            if let byte = UInt8(rest.prefix(2), radix: 16) { data.append(byte) }
            rest = rest.dropFirst(2)
        }
        return data
    }

    /// Flips a bit `offset` bytes behind every place where `pattern` stands, followed by `next`.
    private func flip(_ file: String, after pattern: Data, followedBy next: UInt8, offset: Int) throws {
        var data = try #require(FileManager.default.contents(atPath: file))
        var start = data.startIndex
        var count = 0
        while let range = data.range(of: pattern, in: start..<data.endIndex) {
            if data[range.upperBound] == next {
                data[range.upperBound + offset] ^= 0x10
                count += 1
            }
            start = range.upperBound
        }
        #expect(count > 0)
        try data.write(to: URL(fileURLWithPath: file))
    }
}
