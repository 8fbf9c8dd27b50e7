internal import Glibc
internal import Synchronization

/// Notices when a mapped file of an environment was cut short, and keeps the process alive.
///
/// LMDB reads its files through maps. Where another program cuts such a file short, the kernel answers the next access beyond the end
/// with SIGBUS, which ends a process. Looking at the sizes before each reading would cost two system calls on every validation, and a file
/// could still be cut short behind the look. So the signal is handled: the page that is gone is replaced by a private one, in this process
/// alone, which LMDB can read without a fault (one without contents in the data, zeros in the locks), and the loss is counted. `Environment`
/// looks at the count before and after each transaction, which costs one atomic load: what was read or decided in between is thrown away as
/// `.cutShort`, and nothing is committed. So there is no moment at which the signal ends the process, but for these: more than
/// `capacity` maps are open, or a cut in the middle of a page left half of it, which LMDB reads as a damaged page.
///
/// Only faults in maps of the files named here are handled; every other SIGBUS goes to the handler that was there before.
@safe final class MapWatch: Sendable {
    /// The map of one file, for the signal handler. An entry is in use while `end` is not 0.
    private struct Entry: ~Copyable {
        let isTaken = Atomic<Bool>(false)
        let start = Atomic<UInt>(0)
        let end = Atomic<UInt>(0)
        let holdsData = Atomic<Bool>(false)
        /// The number of the entry whose `lostPages` counts those of this one, which is the first of the same environment.
        let counter = Atomic<Int>(0)
        let lostPages = Atomic<Int>(0)
        /// The inode of the file, and the largest size that was seen of it, in bytes: LMDB never makes a file shorter.
        let inode = Atomic<UInt>(0)
        let size = Atomic<Int>(0)
    }

    private static let capacity = 1024
    private static let pageSize = UInt(getpagesize())

    /// Never freed, since a signal may come at any time.
    @safe private struct Shared: @unchecked Sendable {
        let entries: UnsafeMutablePointer<Entry>
        let previous: UnsafeMutablePointer<sigaction>

        init() {
            unsafe entries = .allocate(capacity: MapWatch.capacity)
            for index in 0..<MapWatch.capacity { unsafe (entries + index).initialize(to: Entry()) }
            unsafe previous = .allocate(capacity: 1)
            unsafe previous.initialize(to: sigaction())
        }
    }

    private static let shared = Shared()

    private static let installed: Bool = {
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_sigaction = { _, information, _ in unsafe MapWatch.handle(information) }
        action.sa_flags = SA_SIGINFO
        return unsafe sigaction(SIGBUS, &action, shared.previous) == 0
    }()

    /// Replaces the page that is gone, or restores the handler that was there before, which gets the signal when the access is repeated.
    /// Only functions that are safe in a signal handler are called.
    private static func handle(_ information: UnsafeMutablePointer<siginfo_t>?) {
        let saved = errno
        defer { errno = saved }
        let address = unsafe UInt(bitPattern: information?.pointee._sifields._sigfault.si_addr)
        for index in 0..<capacity {
            let entry = unsafe shared.entries + index
            guard unsafe address >= entry.pointee.start.load(ordering: .relaxed),
                unsafe address < entry.pointee.end.load(ordering: .acquiring)
            else { continue }
            let place = unsafe UnsafeMutableRawPointer(bitPattern: address & ~(pageSize - 1))
            let flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS
            guard let page = unsafe mmap(place, Int(pageSize), PROT_READ | PROT_WRITE, flags, -1, 0), unsafe page == place else { break }
            if unsafe entry.pointee.holdsData.load(ordering: .relaxed) { unsafe makeReadable(page) }
            let counter = unsafe entry.pointee.counter.load(ordering: .relaxed)
            unsafe shared.entries[counter].lostPages.add(1, ordering: .releasing)
            return
        }
        _ = unsafe sigaction(SIGBUS, shared.previous, nil)
    }

    /// Makes a page of LMDB out of zeros, which serves as a page of any level, so that nothing that LMDB asserts fails: it is a branch and a
    /// leaf (1 and 2) with two entries, the fewest that a branch has, and both are the same, with an empty key and value. As that of a
    /// branch, it leads to a page that is not in the file, which is an error.
    ///
    /// After the number of the page and two unused bytes follow the flags, the lower and the upper bound of the free space, and the offsets
    /// of the entries. A cursor may stand at an entry that the page had, so that every offset is that of the same one. An entry begins with
    /// the size of its value (4 bytes), its flags, and the size of its key; the first six bytes are the number of the page below.
    private static func makeReadable(_ page: UnsafeMutableRawPointer) {
        // LMDB's pages have at most 32 KiB.
        let entry = min(Int(pageSize), 32_768) - 8
        let number: UInt16 = 0x0008
        unsafe page.storeBytes(of: 3, toByteOffset: 10, as: UInt16.self)
        unsafe page.storeBytes(of: 20, toByteOffset: 12, as: UInt16.self)
        unsafe page.storeBytes(of: UInt16(entry), toByteOffset: 14, as: UInt16.self)
        for offset in stride(from: 16, to: entry, by: 2) {
            unsafe page.storeBytes(of: UInt16(entry), toByteOffset: offset, as: UInt16.self)
        }
        unsafe page.storeBytes(of: number, toByteOffset: entry + 4, as: UInt16.self)
    }

    // MARK: The maps of one environment

    private static let files = ["data.mdb", "lock.mdb"]

    private let folder: String
    /// The numbers of the entries of `files`, in their order; none where all entries are taken.
    private let numbers: [Int]
    /// The first of the entries, whose `lostPages` counts for all; every transaction looks at it twice.
    private nonisolated(unsafe) let counter: UnsafeMutablePointer<Entry>?

    init(folder: String) {
        self.folder = folder
        let isInstalled = Self.installed
        var numbers: [Int] = []
        for index in 0..<Self.capacity where isInstalled && numbers.count < Self.files.count {
            let entry = unsafe Self.shared.entries + index
            if unsafe entry.pointee.isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged {
                numbers.append(index)
                unsafe entry.pointee.counter.store(numbers[0], ordering: .relaxed)
            }
        }
        self.numbers = numbers
        unsafe counter = numbers.first.map { unsafe Self.shared.entries + $0 }
    }

    deinit {
        forget()
        for number in numbers {
            unsafe Self.shared.entries[number].inode.store(0, ordering: .relaxed)
            unsafe Self.shared.entries[number].isTaken.store(false, ordering: .releasing)
        }
    }

    /// Whether a page was accessed that is gone. What was read since `watch` cannot be relied on then.
    var hasLostPages: Bool { unsafe counter.map { unsafe $0.pointee.lostPages.load(ordering: .relaxed) > 0 } ?? false }

    /// Throws where a file is shorter than it was, whether or not what is gone was needed. It costs two system calls.
    func checkSizes() throws(StorageError) {
        for (name, number) in zip(Self.files, numbers) {
            var status = stat()
            let entry = unsafe Self.shared.entries + number
            guard unsafe stat(folder + "/" + name, &status) == 0, unsafe entry.pointee.inode.load(ordering: .relaxed) == UInt(status.st_ino)
            else { continue }
            let size = Int(status.st_size)
            if unsafe entry.pointee.size.max(size, ordering: .relaxed).oldValue > size {
                unsafe counter?.pointee.lostPages.add(1, ordering: .relaxed)
            }
        }
        try check()
    }

    /// Throws where a page was accessed that is gone.
    func check() throws(StorageError) { if hasLostPages { throw .cutShort(path: folder) } }

    /// Finds the maps of the files, after they were opened, or the data was mapped anew. While nothing can be found nothing is watched.
    func watch() {
        forget()
        guard let bytes = try? FileSystem.read("/proc/self/maps", maxBytes: 1 << 24) else { return }
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        for (name, number) in zip(Self.files, numbers) {
            var status = stat()
            guard unsafe stat(folder + "/" + name, &status) == 0, let place = FileSystem.realPath(folder + "/" + name) else { continue }
            // The path is compared too: files on several file systems may have the same inode, and the range of another file would be
            // that of anything once that file is closed.
            // The list writes a line break in a path in octal.
            let ending = Array((" " + place.replacing("\n", with: "\\012")).utf8)
            for line in lines where line.suffix(ending.count).elementsEqual(ending) {
                // A line looks like `7f0c1000-7f0c5000 r--s 00000000 fe:00 16225223    /data/ledger/data.mdb`.
                let words = String(decoding: line, as: UTF8.self).split(separator: " ", maxSplits: 5)
                let bounds = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
                guard words.count == 6, bounds.count == 2, UInt64(words[4]) == UInt64(status.st_ino) else { continue }
                let entry = unsafe Self.shared.entries + number
                if unsafe entry.pointee.inode.exchange(UInt(status.st_ino), ordering: .relaxed) != UInt(status.st_ino) {
                    unsafe entry.pointee.size.store(Int(status.st_size), ordering: .relaxed)
                }
                unsafe entry.pointee.holdsData.store(name == Self.files[0], ordering: .relaxed)
                unsafe entry.pointee.start.store(bounds[0], ordering: .relaxed)
                unsafe entry.pointee.end.store(bounds[1], ordering: .releasing)
            }
        }
    }

    /// Watches nothing any more, and forgets what was lost.
    private func forget() {
        for number in numbers { unsafe Self.shared.entries[number].end.store(0, ordering: .releasing) }
        unsafe counter?.pointee.lostPages.store(0, ordering: .releasing)
    }
}
