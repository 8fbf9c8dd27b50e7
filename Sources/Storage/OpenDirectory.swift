internal import Glibc
internal import Synchronization

/// Ensures that a process opens one environment per directory, however the path is spelled, as long as this value lives: opening
/// a second one and closing it would drop the file locks of the first.
final class OpenDirectory: Sendable {
    private static let all = Mutex<Set<FilePlace>>([])

    private let place: FilePlace
    /// The descriptor of the directory. It stays open, so that no other directory gets the same inode should this one be removed.
    private let descriptor: Int32

    init(_ path: String) throws(StorageError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        var status = stat()
        guard descriptor >= 0, unsafe fstat(descriptor, &status) == 0 else { throw StorageError(code: errno, path: path) }
        let place = FilePlace(status)
        guard Self.all.withLock({ $0.insert(place).inserted }) else {
            close(descriptor)
            throw .alreadyOpen(path: path)
        }
        self.place = place
        self.descriptor = descriptor
    }

    deinit {
        _ = Self.all.withLock { $0.remove(place) }
        close(descriptor)
    }
}
