internal import ArgumentParser
internal import Bytes

/// Who may do what with a file, as chmod(1) takes it: three octal digits.
struct FileMode: ExpressibleByArgument {
    let bits: UInt32

    init?(argument: String) {
        let digits = argument.utf8.count == 4 && argument.hasPrefix("0") ? argument.dropFirst() : argument[...]
        guard digits.utf8.count == 3, let bits = UInt32(digits, radix: 8), digits.isASCIIDigits else { return nil }
        self.bits = bits
    }

    /// For programs of the same group.
    static let socket = FileMode(bits: 0o660)

    private init(bits: UInt32) { self.bits = bits }

    var defaultValueDescription: String { String(bits, radix: 8) }
}
