import Foundation
import Glibc
import TestSupport
import Testing

@testable import Storage

/// Numbers of LMDB's own that are damaged while the files are open are an error: neither a wait without an end nor the end of the process.
@Suite(.holdsLedgers) struct DamagedNumbersTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A number of eight bytes, in both meta pages or in the file of locks.
    enum Number: String, CaseIterable, Codable {
        case lastPage, transaction, announcedTransaction

        var file: String { self == .announcedTransaction ? "lock.mdb" : "data.mdb" }

        var offsets: [off_t] {
            switch self {
            case .lastPage: [136, 4096 + 136]
            case .transaction: [144, 4096 + 144]
            case .announcedTransaction: [48]
            }
        }
    }

    private static func write(_ value: UInt64, _ number: Number, in folder: String) {
        let descriptor = unsafe open(folder + "/" + number.file, O_WRONLY)
        defer { close(descriptor) }
        for offset in number.offsets { unsafe withUnsafeBytes(of: value) { _ = unsafe pwrite(descriptor, $0.baseAddress, 8, offset) } }
    }

    @Test(arguments: Number.allCases, [UInt64.max, 1 << 63, 1 << 56, 1 << 40, 0])
    func theyAreErrors(_ number: Number, _ value: UInt64) async {
        await #expect(processExitsWith: .success) { [path = folder.path as String, number = number as Number, value = value as UInt64] in
            let environment = try Environment(at: path)
            try environment.put(0...100, Array(repeating: 7, count: 100))
            DamagedNumbersTests.write(value, number, in: path)
            // What is answered depends on the number; that it is answered does not.
            let start = ContinuousClock.now
            for _ in 0..<3 {
                _ = try? environment.value(50)
                _ = try? environment.put(1, [1])
                _ = (environment.information, environment.lastTransactionID, environment.ensureRoom(1 << 12))
            }
            #expect(ContinuousClock.now - start < .seconds(60))
        }
    }
}
