internal import ArgumentParser
internal import Bytes

/// The permissions of a file as chmod(1) takes them: three octal digits.
struct FileMode: ExpressibleByArgument {
    let bits: UInt32

    init?(argument: String) {
        let digits = argument.utf8.count == 4 && argument.hasPrefix("0") ? argument.dropFirst() : argument[...]
        guard digits.utf8.count == 3, let bits = UInt32(digits, radix: 8), digits.isASCIIDigits else { return nil }
        self.bits = bits
    }

    /// The default mode of a socket: its owner and its group may connect.
    static let socket = FileMode(bits: 0o660)

    private init(bits: UInt32) { self.bits = bits }

    var defaultValueDescription: String { String(bits, radix: 8) }
}
