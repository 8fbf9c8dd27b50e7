import Foundation
import Glibc
import KeyEvents
import Storage
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerQueries

/// Nobody but its owner reads or changes what a data folder holds.
@Suite struct FolderPermissionsTests {
    /// What is made has modes of its own, whatever the process's umask.
    @Test(arguments: [0o000, 0o022, 0o077, 0o777] as [mode_t])
    func whatIsMadeIsItsOwners(_ mask: mode_t) async throws {
        let home = TestHome(seed: printedSeed())
        await #expect(processExitsWith: .success) { [path = home.folder.path as String, mask = mask as mode_t] in
            umask(mask)
            let folder = DataFolder(path: path)
            let ledger = try Ledger.create(at: folder, prefix: "lhql", options: Ledger.Options(checkpointInterval: .seconds(600)))
            _ = try await ledger.commands.createKey(CreateKey(name: "a", account: AccountID("hotel")), by: .commandLine)
            _ = try ledger.keys.listKeys(for: .commandLine, after: nil, limit: 1)
            _ = try await ledger.maintenance.replay(isCheck: false) { _, _ in }
            ledger.close()
        }
        #expect(try Self.mode(home.folder.path) == 0o700)
        let names = try FileManager.default.subpathsOfDirectory(atPath: home.folder.path)
        #expect(
            names.contains("vault/hotel.key") && names.contains { $0.hasPrefix("checkpoints/0") }
                && names.contains { $0.hasPrefix("views/2/") })
        for name in names {
            let path = home.folder.path + "/" + name
            #expect(try Self.mode(path) == (FileSystem.isDirectory(path) ? 0o700 : 0o600), "\(name)")
        }
        #expect(FolderPermissions.faults(of: home.folder).isEmpty)
        try await home.withLedger { (ledger: Ledger) async throws -> Void in #expect(try ledger.log.lastPosition() == 0) }
    }

    @Test(
        "What others may read or change is not opened; the words name it, and what mends it",
        arguments: [
            ("", 0o777, "go-w"), ("", 0o770, "go-w"), ("/ledger", 0o755, "700"), ("/ledger/data.mdb", 0o644, "600"),
            ("/views", 0o750, "700"),
            ("/vault", 0o750, "700"), ("/vault", 0o705, "700"), ("/vault/log-signing-key", 0o644, "600"),
            ("/vault/log-signing-key", 0o620, "600"),
            ("/checkpoints", 0o777, "go-w"), ("/views/1", 0o755, "700"), ("/views/1/data.mdb", 0o644, "600"),
        ])
    func openOnes(_ name: String, _ mode: Int, _ repaired: String) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { _ in }
        let path = home.folder.path + name
        let before = try Self.mode(path)
        try Self.setMode(path, mode)
        do {
            try await home.open().close()
            Issue.record("it was opened")
        } catch LedgerError.openPermissions(let faults) {
            let fault = try #require(faults.first)
            #expect(faults.count == 1 && fault.hasPrefix(path + " can be") && fault.hasSuffix("chmod \(repaired) \(path)"), "\(faults)")
        }
        try Self.setMode(path, before)
        try await home.open().close()
    }

    /// Without the right to search, what is in a folder would be lost to its owner.
    @Test func aFolderWithinStaysOneThatCanBeEntered() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { _ in }
        for folder in [home.folder.ledger, home.folder.vault] {
            let path = folder + "/sub"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            try Self.setMode(path, 0o755)
            let faults = FolderPermissions.faults(of: home.folder)
            #expect(faults.count == 1 && faults.first?.hasSuffix("chmod 700 \(path)") == true, "\(faults)")
            try FileManager.default.removeItem(atPath: path)
        }
    }

    /// They are public by their nature, or hold nothing, and may be shown.
    @Test func whatMayBeReadIsOpened() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { _ in }
        for path in [home.folder.path, home.folder.checkpoints] { try Self.setMode(path, 0o755) }
        try await home.open().close()
    }

    /// A link is as safe as what it leads to, and as the folders on the way: others could exchange what is in them.
    @Test(arguments: ["/ledger", "/views", "/vault", "/checkpoints", "/vault/log-signing-key"], [false, true])
    func whatLinksLeadToIsChecked(_ name: String, isIndirect: Bool) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { _ in }
        let outside = home.folder.path + ".outside"
        defer { try? FileManager.default.removeItem(atPath: outside) }
        for folder in [outside, outside + "/a", outside + "/b"] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            try Self.setMode(folder, 0o700)
        }
        let (path, place) = (home.folder.path + name, outside + "/b/it")
        try FileManager.default.moveItem(atPath: path, toPath: place)
        try FileManager.default.createSymbolicLink(atPath: outside + "/a/link", withDestinationPath: "../b/it")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: isIndirect ? outside + "/a/link" : place)
        #expect(FolderPermissions.faults(of: home.folder).isEmpty)
        for folder in isIndirect ? ["/a", "/b"] : ["/b"] {
            try Self.setMode(outside + folder, 0o777)
            let faults = FolderPermissions.faults(of: home.folder)
            #expect(faults.count == 1 && faults[0].contains("can be changed by other users (mode 777)"), "\(faults)")
            // There, others cannot exchange what is not theirs.
            try Self.setMode(outside + folder, 0o1777)
            #expect(FolderPermissions.faults(of: home.folder).isEmpty)
            try Self.setMode(outside + folder, 0o700)
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func anothersFolderIsNotOpened() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { _ in }
        for name in ["", "/ledger", "/vault", "/vault/log-signing-key"] {
            let path = home.folder.path + name
            unsafe chown(path, 4_321, gid_t.max)
            do {
                try await home.open().close()
                Issue.record("\(name) was opened")
            } catch LedgerError.openPermissions(let faults) {
                #expect(faults.first?.hasPrefix(path + " belongs to user 4321, and this process runs as user 0.") == true, "\(faults)")
            }
            unsafe chown(path, 0, gid_t.max)
        }
        try await home.open().close()
    }

    /// A folder that is open to all is no place to make a ledger in.
    @Test func noLedgerIsMadeInAnOpenFolder() throws {
        let home = TestHome(seed: printedSeed())
        try FileSystem.makeDirectory(home.folder.path)
        try Self.setMode(home.folder.path, 0o777)
        #expect(throws: LedgerError.self) { try Ledger.create(at: home.folder, prefix: "lhql", options: home.options(.durable)) }
        #expect(!home.folder.holdsLedger)
    }

    @Test func commandsTakeAnyPath() async throws {
        let home = TestHome(seed: printedSeed())
        let folder = DataFolder(path: home.folder.path + " of o'neil")
        try FileSystem.makeDirectory(folder.path)
        try Self.setMode(folder.path, 0o722)
        defer { try? FileManager.default.removeItem(atPath: folder.path) }
        let command = try #require(FolderPermissions.faults(of: folder).first?.split(separator: "run: ").last)
        #expect(try ChildProcess.run(["sh", "-c", String(command)]).code == 0)
        #expect(FolderPermissions.faults(of: folder).isEmpty)
    }

    private static func mode(_ path: String) throws -> Int? {
        try (FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }

    private static func setMode(_ path: String, _ mode: Int?) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode ?? 0o700], ofItemAtPath: path)
    }
}
