import Foundation
import KeyEvents
import LogTestSupport
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
