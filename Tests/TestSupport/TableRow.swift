public import Storage

/// An entry of a table, copied out of its transaction.
public struct TableRow: Hashable {
    public let key: [UInt8]
    public let value: [UInt8]

    public init(key: [UInt8], value: [UInt8]) {
        self.key = key
        self.value = value
    }
}

/// Every entry of a table, in the order of the keys.
public func rows(of table: Table, _ transaction: borrowing some Transaction & ~Copyable) throws -> [TableRow] {
    var rows: [TableRow] = []
    var cursor = try transaction.cursor(in: table)
    var isFound = try cursor.first()
    while isFound {
        rows.append(TableRow(key: cursor.key.copy(), value: cursor.value.copy()))
        isFound = try cursor.next()
    }
    return rows
}
