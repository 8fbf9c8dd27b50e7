import Foundation
import Glibc
import KeyEvents
import LogTestSupport
import Storage
import TestSupport
import Testing

@testable import EventLog

@Suite(.holdsLedgers) struct CheckpointFolderTests {
    private let home: TemporaryFolder
    private let folder: CheckpointFolder
    private let signer = NoteSigner(name: "keyledger/test", seed: Array(0..<32))!

    init() throws {
        home = try TemporaryFolder()
        // Made with the first checkpoint.
        folder = CheckpointFolder(path: home.path + "/checkpoints")
    }

    private func add(_ size: UInt64) throws -> SignedNote {
        let note = try signer.sign(Checkpoint(origin: "keyledger/test", size: size, root: .sample(size)).text)
        try folder.add(note, size: size)
        return note
    }

    @Test func theNewestIsTheLargest() throws {
        #expect(try folder.newest() == nil)
        var notes: [UInt64: SignedNote] = [:]
        for size in [9, 100, 20, 18_446_744_073_709_551_615] as [UInt64] { notes[size] = try add(size) }
        #expect(try folder.sizes() == [9, 20, 100, .max])
        #expect(try folder.newest() == notes[.max])
        #expect(try folder.note(20) == notes[20])
        #expect(try folder.note(21) == nil)
    }

    @Test func cosignaturesStandUnderTheirCheckpoint() throws {
        let note = try add(5)
        let other = SignedNote.Signature(name: "witness.example", keyID: 7, bytes: Array(repeating: 1, count: 72))
        try folder.setCosignatures([other], of: 5)
        #expect(try folder.note(5)?.signatures == note.signatures + [other])
    }

    /// What a killed signer leaves was never given out: an import that is run again must not take it for a checkpoint that it reaches.
    @Test func anIncompleteFileCountsForNothing() throws {
        let note = try add(5)
        try Data(note.description.utf8).write(to: URL(fileURLWithPath: folder.path + "/.new~1-1"))
        #expect(try folder.strays().notes.isEmpty && folder.strays().others.isEmpty)
    }

    /// A checkpoint counts under any name; what is neither one nor the folder's own is named.
    @Test(arguments: [".mine", "lock", "verifier", "witnesses", "kept.txt", "+0000000000000000005", "x.cosignatures"])
    func aCheckpointCountsUnderAnyName(_ name: String) throws {
        let note = try add(5)
        let file = URL(fileURLWithPath: folder.path + "/" + name)
        try Data(note.description.utf8).write(to: file)
        #expect(try folder.strays().notes == [note] && folder.strays().others.isEmpty)
        try Data("nonsense".utf8).write(to: file)
        let others = try folder.strays().others
        let isOwn = ["verifier", "witnesses"].contains(name)
        #expect(others.map(\.path) == (isOwn ? [] : [file.path]) && others.allSatisfy { $0.problem == "holds no checkpoint" })
    }

    @Test func whatIsNoFileIsNamed() throws {
        _ = try add(5)
        try folder.lock().unlock()
        try folder.setVerifier(signer.verifier)
        try folder.setCosignatures([], of: 5)
        let names = ["a folder", "a pipe", "a link", "a loop", "lock.old"].map { folder.path + "/" + $0 }
        try FileManager.default.createDirectory(atPath: names[0], withIntermediateDirectories: false)
        #expect(unsafe mkfifo(names[1], 0o600) == 0)
        for link in names[2...3] {
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: link == names[2] ? "/nowhere" : link)
        }
        try FileManager.default.createDirectory(atPath: names[4], withIntermediateDirectories: false)
        let fork = folder.path + "/" + String(repeating: "a", count: 32)
        try FileManager.default.createDirectory(atPath: fork, withIntermediateDirectories: false)
        let strays = try folder.strays()
        #expect(strays.notes.isEmpty && strays.others.map(\.path) == names.sorted(), "\(strays)")
    }

    /// What has the name of a checkpoint is one, or damaged.
    @Test(arguments: ["a folder", "a link", "a loop", "a pipe"]) func whatHasTheNameOfACheckpointIsDamaged(_ kind: String) throws {
        _ = try add(5)
        let file = folder.path + "/00000000000000000009"
        switch kind {
        case "a folder": try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
        case "a link": try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: "/nowhere")
        case "a loop": try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: file)
        default: #expect(unsafe mkfifo(file, 0o600) == 0)
        }
        #expect(try folder.sizes() == [5, 9])
        #expect(throws: LogError.self) { _ = try folder.note(9) }
        #expect(throws: LogError.self) { _ = try folder.newest() }
    }

    @Test func everyFlippedBitInAFileIsSeen() throws {
        let note = try add(5)
        let file = folder.path + "/00000000000000000005"
        let bytes = Array(try #require(FileManager.default.contents(atPath: file)))
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            try Data(changed).write(to: URL(fileURLWithPath: file))
            let read = try? folder.note(5)
            #expect(read == nil || read.map { signer.verifier.check($0) != .signed } ?? false, "bit \(bit)")
        }
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        #expect(try folder.note(5) == note)
    }

    @Test func filesAreForTheOwnerAlone() throws {
        _ = try add(5)
        for name in ["", "/00000000000000000005"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + name)
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
            #expect(mode & 0o077 == 0)
        }
    }
}
