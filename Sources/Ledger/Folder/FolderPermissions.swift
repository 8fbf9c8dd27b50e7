internal import Bytes
internal import Glibc
internal import Storage

/// Checks who may read and change what a data folder holds: its owner, which is the user of this process, and nobody else.
///
/// | what | not for others |
/// |---|---|
/// | the data folder, `checkpoints/` | writing: what is in it could be exchanged |
/// | `ledger/`, `views/`, `vault/` | reading and writing |
/// | what is in `ledger/` and `vault/` | reading and writing |
enum FolderPermissions {
    /// The wrong permissions that were found, in sentences, each with the command that corrects them.
    static func faults(of folder: DataFolder) -> [String] {
        let contents = [folder.ledger, folder.vault].flatMap { folder in
            ((try? FileSystem.contents(folder)) ?? []).sorted().map { folder + "/" + $0 }
        }
        let faults =
            [
                fault(folder.path, forbidden: 0o022, mode: "go-w", mayBeRoots: true),
                fault(folder.checkpoints, forbidden: 0o022, mode: "go-w"),
            ]
            + [folder.ledger, folder.views, folder.vault].map { fault($0, forbidden: 0o077, mode: "700") }
            + contents.map { fault($0, forbidden: 0o077, mode: FileSystem.isDirectory($0) ? "700" : "600") }
        return Array(faults.compactMap(\.self).prefix(20))
    }

    /// Whether others may read or change a folder that is its owner's alone. In one that they cannot enter, the modes of files do not count.
    static func isOpen(_ folder: String) -> Bool { fault(folder, forbidden: 0o077, mode: "700") != nil }

    /// The fault of one path; with `mayBeRoots` a folder that root made for others to work in is fine too.
    private static func fault(_ path: String, forbidden: mode_t, mode: String, mayBeRoots: Bool = false) -> String? {
        var status = stat()
        // A missing path is made, or reported by the code that needs it.
        guard unsafe stat(path, &status) == 0 else { return nil }
        let user = geteuid()
        if status.st_uid != user, !(mayBeRoots && status.st_uid == 0) {
            return
                "\(path) belongs to user \(status.st_uid), and this process runs as user \(user). Run it as that user, or give the folder to"
                + " this one: chown -R \(user) \(quoted(path))"
        }
        guard status.st_mode & forbidden != 0 else { return nil }
        let others = forbidden == 0o022 ? "changed" : "read or changed"
        return
            "\(path) can be \(others) by other users (mode \(String(status.st_mode & 0o7777, radix: 8))); run: chmod \(mode) \(quoted(path))"
    }

    /// The path as one word for a shell.
    private static func quoted(_ path: String) -> String {
        let plain = path.utf8.allSatisfy { $0.isASCIILetterOrDigit || "/._-".utf8.contains($0) }
        return plain ? path : "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
