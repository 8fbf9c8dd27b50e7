internal import Bytes
internal import Glibc
internal import KeyEvents
internal import Storage

/// The way in which a key's file is destroyed, so that a kill in between leaves nothing that could be read again: the file is renamed
/// to a name that no account can have, overwritten, and removed. An interrupted erasure is finished by the next process that erases a
/// key or opens the vault.
struct KeyFileErasure: Sendable {
    /// The prefix of the names of files that are being erased. A tilde stands in no account's id (`AccountID`).
    private static let prefix = ".erased~"

    private let folder: VaultFolder
    private let randomness: Randomness

    init(_ folder: VaultFolder, _ randomness: Randomness) {
        self.folder = folder
        self.randomness = randomness
    }

    /// Erases a file, with whatever a kill has left of its making. On return nothing is left of it in the folder, durably; on file systems
    /// that overwrite files in place, nothing is left on the disk either. Returns whether there was a file. `onRename` is called as soon as
    /// the file has lost its name.
    func erase(_ file: String, onRename: () -> Void) throws -> Bool {
        // What cannot be read is no key, and nothing else holds the same.
        if let bytes = try? folder.bytes(of: file) { try renameIncomplete { $0 == bytes } }
        let isThere = try rename(file)
        onRename()
        if isThere { try folder.sync() }
        // This call also erases the files that an interrupted attempt has left.
        try finish()
        return isThere
    }

    /// Erases the files that a kill has left of the making of data keys.
    ///
    /// - Parameter isErased: Whether a data key with this id was erased.
    /// - Throws: The errors of renaming, overwriting and removing the files.
    func eraseIncomplete(_ isErased: (Bytes16) -> Bool) throws {
        try renameIncomplete { DataKey(VaultFolder.lines($0)).map { isErased($0.id) } ?? false }
        try finish()
    }

    private func renameIncomplete(_ isErased: ([UInt8]) -> Bool) throws {
        for file in try folder.contents().filter(FileSystem.isIncomplete).map(folder.file) {
            if let bytes = try? folder.bytes(of: file), isErased(bytes) { _ = try rename(file) }
        }
    }

    /// Gives a file the name of one that is being erased. Returns whether there was a file.
    private func rename(_ file: String) throws -> Bool {
        // The new name is unique, so that a key that is made for the account in the meantime has another.
        let erased = folder.file(Self.prefix + Bytes16(high: randomness.word(), low: randomness.word()).hex)
        let isThere = unsafe Glibc.rename(file, erased) == 0
        guard isThere || errno == ENOENT else { throw folder.systemError(file) }
        return isThere
    }

    /// Finishes every erasure that was begun. It throws where a file could not be overwritten or removed, after it has tried all of
    /// them.
    func finish() throws {
        let names = try folder.contents().filter { $0.hasPrefix(Self.prefix) }
        guard !names.isEmpty else { return }
        // The new name is made durable before the file is overwritten: under the account's name its bytes would be a damaged key.
        try folder.sync()
        var problem: LedgerError?
        for name in names {
            let file = folder.file(name)
            do {
                try overwrite(file)
                try FileSystem.remove(file: file)
            } catch StorageError.missing {
                // It is a link to what was erased before.
                try FileSystem.remove(file: file)
            } catch {
                problem = LedgerError.vault(
                    path: file,
                    problem:
                        "an account's data key was erased, and its bytes could not be overwritten (\(error)). It is tried again whenever the"
                        + " ledger is opened")
            }
        }
        try folder.sync()
        if let problem { throw problem }
    }

    /// The files whose erasure was begun and not finished.
    func unfinished() throws -> [String] { try folder.contents().filter { $0.hasPrefix(Self.prefix) }.map(folder.file) }

    /// Overwrites a file, since unlinking alone leaves the bytes on the disk. Where the name is a link, the file that it leads to is
    /// overwritten and removed, as long as it is a key's.
    private func overwrite(_ file: String) throws(StorageError) {
        let isLink = FileSystem.linkTarget(file) != nil
        let descriptor = unsafe Glibc.open(file, O_RDWR | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            // Another process has finished the erasure.
            if errno == ENOENT, !isLink { return }
            throw StorageError(systemError: errno, path: file)
        }
        defer { Glibc.close(descriptor) }
        if isLink {
            guard let place = FileSystem.realPath(file) else { throw StorageError(systemError: errno, path: file) }
            guard Self.isKey(descriptor) else { throw .unexpected(code: 0, "\(file) leads to \(place), which is no data key") }
            try overwrite(descriptor, file)
            try FileSystem.remove(file: place)
            return
        }
        try overwrite(descriptor, file)
    }

    private func overwrite(_ descriptor: Int32, _ file: String) throws(StorageError) {
        let noise = randomness.bytes(VaultFolder.maxFileBytes)
        let count = unsafe pwrite(descriptor, noise, noise.count, 0)
        guard count == noise.count else { throw StorageError(systemError: count < 0 ? errno : ENOSPC, path: file) }
        guard fsync(descriptor) == 0 else { throw StorageError(systemError: errno, path: file) }
    }

    /// Whether an open file is a data key, or one that was overwritten: what else a link leads to is not destroyed.
    private static func isKey(_ descriptor: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: VaultFolder.maxFileBytes + 1)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        guard (0...VaultFolder.maxFileBytes).contains(count) else { return false }
        let found = Array(bytes.prefix(count))
        return DataKey(VaultFolder.lines(found)) != nil || DataKey.isOverwritten(found)
    }
}
