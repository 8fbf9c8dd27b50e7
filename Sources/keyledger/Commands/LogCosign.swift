internal import ArgumentParser
internal import EventLog
internal import Foundation
internal import KeyService
internal import KeyledgerHTTP

struct LogCosign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cosign", abstract: "Keep what witnesses put under a checkpoint: read from a file, or from standard input.",
        discussion: "The checkpoint as it was signed here, with cosignature/v1 lines of known witnesses under it (C2SP tlog-cosignature).")

    @OptionGroup var options: DataOptions

    @Argument(help: "The file. Default: standard input.", completion: .file())
    var file: String?

    private struct Answer: Encodable {
        let added: Int
    }

    func run() async throws {
        let content: Data
        if let file {
            guard let data = FileManager.default.contents(atPath: file) else { throw WrongUse("\(file) cannot be read.") }
            content = data
        } else {
            content = FileHandle.standardInput.readDataToEndOfFile()
        }
        guard let note = SignedNote(String(decoding: content, as: UTF8.self)) else { throw WrongUse("This is no signed note.") }
        try await options.withLedger { ledger in
            let added = try ledger.addCosignatures(from: note)
            try Terminal.answer(options.json ? Document.text(Answer(added: added)) : "\(added) new cosignature(s) are kept.")
        }
    }
}
