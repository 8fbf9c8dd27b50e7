internal import Algorithms
internal import Bytes
internal import Glibc
internal import Storage

/// Checks who may read and change what a data folder holds: its owner, which is the user of this process, and nobody else.
///
/// | what | not for others |
/// |---|---|
/// | the data folder, `checkpoints/` | writing: what is in it could be exchanged |
/// | `ledger/`, `views/`, `vault/` | reading and writing |
/// | what is in them, and in the folders in `views/` | reading and writing |
/// | where a symbolic link leads to | as what stands in its place |
/// | the folders in which such a link leads through other places | writing: what it leads to could be exchanged |
enum FolderPermissions {
    /// The wrong permissions that were found, in sentences, each with the command that corrects them.
    static func faults(of folder: DataFolder) -> [String] {
        let generations = contents(of: folder.views)
        let contents = contents(of: folder.ledger) + contents(of: folder.vault) + generations + generations.flatMap(contents)
        let open = [folder.path, folder.checkpoints]
        let closed = [folder.ledger, folder.views, folder.vault]
        let faults =
            [
                fault(folder.path, forbidden: 0o022, mode: "go-w", mayBeRoots: true),
                fault(folder.checkpoints, forbidden: 0o022, mode: "go-w"),
            ]
            + closed.map { fault($0, forbidden: 0o077, mode: "700") }
            + contents.map { fault($0, forbidden: 0o077, mode: FileSystem.isDirectory($0) ? "700" : "600") }
            + (open + closed + contents).flatMap(faultsOfLink)
        return Array(faults.compactMap(\.self).uniqued().prefix(20))
    }

    /// The paths of what is in a folder; none where it is no folder, or cannot be read.
    private static func contents(of folder: String) -> [String] {
        guard FileSystem.isDirectory(folder) else { return [] }
        return ((try? FileSystem.contents(folder)) ?? []).sorted().map { folder + "/" + $0 }
    }

    /// The faults of the folders through which a symbolic link leads; none for any other path. Where users own what is theirs alone, as
    /// in /tmp, nobody else can exchange it.
    private static func faultsOfLink(_ path: String) -> [String] {
        var path = path
        var faults: [String] = []
        // The system itself follows at most 40 links.
        for _ in 0..<40 {
            guard let target = FileSystem.linkTarget(path) else { return faults }
            path = target.hasPrefix("/") ? target : parent(of: path) + "/" + target
            if let fault = fault(parent(of: path), forbidden: 0o022, mode: "go-w", mayBeRoots: true, maySticky: true) {
                faults.append(fault)
            }
        }
        return faults
    }

    /// Whether others may read or change a folder that is its owner's alone. In one that they cannot enter, the modes of files do not count.
    static func isOpen(_ folder: String) -> Bool { fault(folder, forbidden: 0o077, mode: "700") != nil }

    /// The path of the folder in which a path lies.
    private static func parent(of path: String) -> String {
        let parts = path.split(separator: "/")
        let start = path.hasPrefix("/") ? "/" : "./"
        return start + parts.dropLast().joined(separator: "/")
    }

    /// The fault of one path; with `mayBeRoots` a folder that root made for others to work in is fine too, with
    /// `maySticky` one in which users own what is theirs alone.
    private static func fault(
        _ path: String, forbidden: mode_t, mode: String, mayBeRoots: Bool = false, maySticky: Bool = false
    ) -> String? {
        var status = stat()
        // A missing path is made, or reported by the code that needs it.
        guard unsafe stat(path, &status) == 0 else { return nil }
        let user = geteuid()
        if status.st_uid != user, !(mayBeRoots && status.st_uid == 0) {
            return
                "\(path) belongs to user \(status.st_uid), and this process runs as user \(user). Run it as that user, or give the folder to"
                + " this one: chown -R \(user) \(quoted(path))"
        }
        guard status.st_mode & forbidden != 0, !(maySticky && status.st_mode & S_ISVTX != 0) else { return nil }
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
