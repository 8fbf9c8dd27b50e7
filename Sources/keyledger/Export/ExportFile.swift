internal import Foundation

/// The destination of an export: standard output, or a new file.
final class ExportFile {
    private static let chunkBytes = 1 << 18

    private let descriptor: Int32
    private let file: NewFile?
    private var buffer: [UInt8] = []

    /// Opens the destination; `nil` stands for standard output.
    init(_ path: String?) throws {
        file = try path.map { try NewFile($0, refusal: "nothing was exported. Name a new file with --out.") }
        descriptor = file?.descriptor ?? STDOUT_FILENO
        if let file { SignalCleanup.remove(file.scratch) }
    }

    deinit { if file != nil { SignalCleanup.remove(nil) } }

    func write(_ text: String) throws {
        buffer += text.utf8
        if buffer.count >= Self.chunkBytes { try flush() }
    }

    func write(_ bytes: [UInt8]) throws {
        buffer += bytes
        if buffer.count >= Self.chunkBytes { try flush() }
    }

    private func flush() throws {
        if let problem = Terminal.write(buffer[...], to: descriptor) { throw failure(problem) }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes everything that is buffered; a file is durable under its name afterwards.
    func finish() throws {
        try flush()
        guard let file else { return }
        if let problem = file.publish() { throw failure(problem) }
        file.finish()
    }

    private func failure(_ problem: Int32) -> any Error {
        ExportWriteError(
            words: "\(file.map { Terminal.sanitized($0.path) } ?? "the export") could not be written (\(NewFile.words(problem))).")
    }
}

/// The error that an export is incomplete.
struct ExportWriteError: Error {
    let words: String
}
