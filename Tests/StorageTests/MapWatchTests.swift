import Bytes
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Storage

/// A file that is cut short while it is open is an error, and not the end of the process.
@Suite(.holdsLedgers) struct MapWatchTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let files = ["data.mdb", "lock.mdb"]

    private static func cut(_ folder: String, _ file: String, to size: off_t = 0) { unsafe truncate(folder + "/" + file, size) }

    private static func isCutShort(_ error: any Error) -> Bool {
        if case .cutShort? = error as? StorageError { true } else { false }
    }

    @Test(arguments: files, [0, 4_096, 5_000, 40_000]) func readingAndWritingAreRefused(_ file: String, _ size: Int) async {
        await #expect(processExitsWith: .success) { [path = folder.path as String, file = file as String, size = size as Int] in
            let environment = try Environment(at: path)
            try environment.put(0...10_000, Array(repeating: 7, count: 100))
            if file == "lock.mdb", size > 4_096 { return }
            MapWatchTests.cut(path, file, to: off_t(size))
            for _ in 0..<3 {
                #expect { try environment.put(1, [1]) } throws: { MapWatchTests.isCutShort($0) }
                #expect { try environment.checkSizes() } throws: { MapWatchTests.isCutShort($0) }
                #expect { _ = try environment.value(10_000) } throws: { MapWatchTests.isCutShort($0) }
            }
        }
    }

    /// The list of maps writes some characters of a path in another way.
    @Test(arguments: ["new\nline", "tab\tand\\012", "é\u{202E} (deleted)"]) func anyPathIsFound(_ name: String) async {
        await #expect(processExitsWith: .success) { [path = (folder.path + "/" + name) as String] in
            try FileSystem.makeDirectory(path)
            let environment = try Environment(at: path)
            try environment.put(0...10_000, Array(repeating: 7, count: 100))
            MapWatchTests.cut(path, "data.mdb")
            #expect { _ = try environment.value(10_000) } throws: { MapWatchTests.isCutShort($0) }
        }
    }

    /// The kernel's signal comes before anybody has looked at the sizes.
    @Test(arguments: files) func theNextReadingIsRefused(_ file: String) async {
        await #expect(processExitsWith: .success) { [path = folder.path as String, file = file as String] in
            let environment = try Environment(at: path)
            try environment.put(0...10_000, Array(repeating: 7, count: 100))
            _ = try environment.value(5)
            MapWatchTests.cut(path, file)
            #expect { _ = try environment.value(10_000) } throws: { MapWatchTests.isCutShort($0) }
        }
    }

    @Test func whatIsReadMeanwhileIsThrownAway() async {
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let environment = try Environment(at: path)
            try environment.put(0...10_000, Array(repeating: 7, count: 100))
            #expect {
                try environment.read { transaction in
                    MapWatchTests.cut(path, "data.mdb")
                    // Whatever is read here, and whatever comes of it, is not what counts.
                    _ = try transaction.get(BigEndianKey(9_000).storage.span, in: environment.t)?.copy()
                    throw StorageError.badValueSize
                }
            } throws: {
                MapWatchTests.isCutShort($0)
            }
            #expect {
                try environment.write { _ in }
            } throws: {
                MapWatchTests.isCutShort($0)
            }
        }
    }

    @Test func nothingIsCommittedThatWasReadMeanwhile() async {
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let environment = try Environment(at: path)
            try environment.put(0...10_000, Array(repeating: 7, count: 100))
            #expect {
                try environment.write { transaction in
                    MapWatchTests.cut(path, "data.mdb")
                    _ = try? transaction.get(BigEndianKey(9_000).storage.span, in: environment.t)?.copy()
                }
            } throws: {
                MapWatchTests.isCutShort($0)
            }
            #expect(try FileManager.default.attributesOfItem(atPath: path + "/data.mdb")[.size] as? Int == 0)
        }
    }

    /// Files that were cut short before they were opened are refused too, or are empty ones.
    @Test(arguments: [8_192, 40_000, 400_000]) func anOpenedOneIsRefused(_ size: Int) async {
        await #expect(processExitsWith: .success) { [path = folder.path as String, size = size as Int] in
            try Environment(at: path).put(0...10_000, Array(repeating: 7, count: 100))
            MapWatchTests.cut(path, "data.mdb", to: off_t(size))
            #expect(throws: StorageError.self) {
                let environment = try Environment(at: path)
                for key in stride(from: 0, through: 10_000, by: 100) { _ = try environment.value(UInt64(key)) }
            }
        }
    }

    /// Other faults end the process as they did before.
    @Test func otherFaultsAreNotHandled() async {
        await #expect(processExitsWith: .signal(SIGBUS)) { [path = folder.path as String] in
            _ = try Environment(at: path)
            let file = unsafe open(path + "/other", O_RDWR | O_CREAT, 0o600)
            let place = unsafe mmap(nil, 4_096, PROT_READ, MAP_SHARED, file, 0)
            print(unsafe place?.load(as: UInt8.self) ?? 0)
        }
    }

    /// Files on two disks may have the same inode: each is told by its path.
    @Test(.enabled(if: geteuid() == 0, "needs the right to mount")) func filesOfTwoDisksAreToldApart() async {
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let places = [path + "/1", path + "/2"]
            for place in places {
                try FileSystem.makeDirectory(place)
                guard unsafe mount("keyledger-test", place, "tmpfs", 0, "size=8m") == 0 else { return }
            }
            defer { for place in places { unsafe umount2(place, Int32(MNT_DETACH)) } }
            let environments = try places.map { place throws(StorageError) in try Environment(at: place) }
            for environment in environments { try environment.put(0...100, [7]) }
            MapWatchTests.cut(places[1], "data.mdb")
            #expect { _ = try environments[1].value(1) } throws: { MapWatchTests.isCutShort($0) }
            #expect(try environments[0].value(1) == [7])
            MapWatchTests.cut(places[0], "data.mdb")
            #expect { _ = try environments[0].value(1) } throws: { MapWatchTests.isCutShort($0) }
        }
    }

    /// The maps are found anew when they have moved.
    @Test func aMapThatHasGrownIsWatched() async {
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let environment = try Environment(at: path, Environment.small)
            try environment.put(0...10_000, Array(repeating: 7, count: 100))
            MapWatchTests.cut(path, "data.mdb")
            #expect { _ = try environment.value(10_000) } throws: { MapWatchTests.isCutShort($0) }
        }
    }
}
