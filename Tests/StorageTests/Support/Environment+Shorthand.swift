import Bytes
import Storage

/// One transaction each, on the table `t`. Usable in an asynchronous test too, which `write` itself is not.
extension Environment {
    static let small = Options(mapSize: 256 << 10, maxMapSize: 1 << 30)

    convenience init(at folder: String, _ options: Options = Options(mapSize: 64 << 20)) throws(StorageError) {
        try self.init(path: folder, tables: ["t"], options: options)
    }

    var t: Table { table("t") }

    func change<R>(_ body: (inout WriteTransaction) throws -> R) throws -> R { try write(body) }

    func put(_ key: UInt64, _ value: [UInt8]) throws { try put(key...key, value) }

    func put(_ keys: ClosedRange<UInt64>, _ value: [UInt8]) throws {
        try write { transaction in
            for key in keys { try transaction.put(key, value.span, in: t) }
        }
    }

    func value(_ key: UInt64) throws -> [UInt8]? {
        try read { transaction in try transaction.get(key, in: t)?.copy() }
    }

    func count() throws -> Int {
        try read { transaction in try transaction.count(of: t) }
    }

    /// Adds one to the number under `key`; answers the number.
    @discardableResult
    func increment(_ key: UInt64) throws -> UInt64 {
        try write { transaction in
            let number = (try transaction.get(key, in: t)?.bigEndian() ?? 0) + 1
            try transaction.put(key, BigEndianKey(number).storage.span, in: t)
            return number
        }
    }

    func number(_ key: UInt64) throws -> UInt64 {
        try read { transaction in try transaction.get(key, in: t)?.bigEndian() ?? 0 }
    }
}
