internal import Foundation

/// Where an export goes: standard output, or a file that is there whole or not at all.
///
/// A file is written beside its place under another name, mode 0600, made durable, and only then gets its name. One that stands
/// there already is never replaced.
final class ExportFile {
    private static let chunkBytes = 1 << 18

    private let descriptor: Int32
    private let path: String?
    private let scratch: String?
    private var buffer: [UInt8] = []

    /// `nil`: standard output.
    init(_ path: String?) throws {
        self.path = path
        guard let path else {
            descriptor = STDOUT_FILENO
            scratch = nil
            return
        }
        // Of a link itself, too, that leads nowhere.
        guard (try? FileManager.default.attributesOfItem(atPath: path)) == nil else { throw Self.exists(path) }
        let url = URL(fileURLWithPath: path)
        guard !path.hasSuffix("/") else { throw WrongUse("\(Terminal.harmless(path)) names a folder; name a file with --out.") }
        let scratch = url.deletingLastPathComponent().path + "/.\(url.lastPathComponent).\(UUID().uuidString.prefix(8)).part"
        descriptor = unsafe open(scratch, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw WrongUse("\(Terminal.harmless(path)) cannot be written (\(Self.words(errno))); name another file with --out.")
        }
        // Whatever the umask.
        fchmod(descriptor, 0o600)
        self.scratch = scratch
        Interruption.remove(scratch)
    }

    deinit {
        guard let scratch else { return }
        close(descriptor)
        unsafe unlink(scratch)
        Interruption.remove(nil)
    }

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

    /// Everything is written, and a file is durable under its name.
    func finish() throws {
        try flush()
        guard let path, let scratch else { return }
        guard fsync(descriptor) == 0 else { throw failure(errno) }
        // Not renamed: that would replace what somebody put there meanwhile.
        guard unsafe link(scratch, path) == 0 else { throw errno == EEXIST ? Self.exists(path) : failure(errno) }
        unsafe unlink(scratch)
        let folder = unsafe open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure(errno) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure(errno) }
    }

    private func failure(_ problem: Int32) -> any Error {
        LostExport(words: "\(path.map(Terminal.harmless) ?? "the export") could not be written (\(Self.words(problem))).")
    }

    private static func exists(_ path: String) -> WrongUse {
        WrongUse("\(Terminal.harmless(path)) exists already; nothing was exported. Name a new file with --out.")
    }

    private static func words(_ problem: Int32) -> String { unsafe String(cString: strerror(problem)) }
}

/// An export that is not whole.
struct LostExport: Error {
    let words: String
}
