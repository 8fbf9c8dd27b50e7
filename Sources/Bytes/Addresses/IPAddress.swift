/// An IPv4 or IPv6 address. An IPv4 address and the same address mapped into IPv6 (`::ffff:192.0.2.1`) are equal.
public struct IPAddress: Hashable, Sendable {
    /// The address as a 128-bit number; an IPv4 address as the mapped address of RFC 4291 section 2.5.5.2.
    let bits: UInt128

    private static let mappedPrefix: UInt128 = 0xFFFF << 32

    init(bits: UInt128) { self.bits = bits }

    /// Whether it is an IPv4 address, or one mapped into IPv6.
    public var isIPv4: Bool { bits >> 32 == 0xFFFF }

    /// The part of the address that identifies one subscriber: the IPv4 address itself, or the network of 64 bits that an IPv6
    /// address lies in (RFC 6177 section 2).
    public var subscriber: IPAddress { isIPv4 ? self : IPAddress(bits: bits & ~UInt128(UInt64.max)) }

    /// Reads an address without a port. The result is `nil` for any other text, and for an address with a port.
    ///
    /// - Parameter text: One of the text forms of RFC 4291 section 2.2, or dotted decimal without leading zeros. A zone (`%eth0`)
    ///   names a link of the local host and is left out.
    @inlinable
    public init?(_ text: some StringProtocol) { self.init(Substring(text)) }

    /// Reads an address as the generic initializer does. It takes one type of text, because generic code runs unspecialised where
    /// another module calls it.
    ///
    /// - Parameter text: the text of an address.
    public init?(_ text: Substring) {
        guard text.utf8.count <= 64 else { return nil }
        guard text.utf8.contains(UInt8(ascii: ":")) else {
            guard let bits = Self.version4(text.utf8) else { return nil }
            self.bits = bits
            return
        }
        let parts = Array(text.utf8).split(separator: UInt8(ascii: "%"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let bits = Self.version6(parts[0]), parts.count == 1 || !parts[1].isEmpty else { return nil }
        self.bits = bits
    }

    /// Reads an address as proxies and services write where a call came from. Every address that a request states is read by this
    /// initializer. The result is `nil` for any other text.
    ///
    /// - Parameter text: An address, an IPv6 address with or without brackets, and optionally a port behind it, as in
    ///   `192.0.2.5:443` and `[2001:db8::1]:443`.
    @inlinable
    public init?(endpoint text: some StringProtocol) { self.init(endpoint: Substring(text)) }

    /// Reads an address with an optional port as the generic initializer does. It takes one type of text, for the same reason as the
    /// one above.
    ///
    /// - Parameter text: the text of an address, with or without a port.
    public init?(endpoint text: Substring) {
        let bytes = text.utf8
        let colon = UInt8(ascii: ":")
        if bytes.first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")), Self.isPort(text[bytes.index(after: end)...]) else { return nil }
            let inner = text[bytes.index(after: bytes.startIndex)..<end]
            guard inner.utf8.contains(colon) else { return nil }
            self.init(inner)
        } else if let first = bytes.firstIndex(of: colon), !bytes[bytes.index(after: first)...].contains(colon) {
            guard Self.isPort(text[first...]) else { return nil }
            self.init(text[..<first])
        } else {
            self.init(text)
        }
    }

    /// Returns whether the text is empty, or a colon and a number of at most 65,535.
    private static func isPort(_ text: Substring) -> Bool {
        guard let colon = text.utf8.first else { return true }
        let digits = Substring(text.utf8.dropFirst())
        return colon == UInt8(ascii: ":") && UInt16(digits) != nil && digits.isASCIIDigits
    }

    /// Reads four numbers up to 255. A leading zero means octal to some readers, so text with one is refused.
    private static func version4(_ text: some Sequence<UInt8>) -> UInt128? {
        var (address, number, digits, dots) = (UInt32(0), UInt32(0), 0, 0)
        for byte in text {
            if byte == UInt8(ascii: ".") {
                guard digits > 0 else { return nil }
                (address, number, digits, dots) = (address << 8 | number, 0, 0, dots + 1)
            } else {
                guard byte.isASCIIDigit, digits == 0 || number > 0 else { return nil }
                (number, digits) = (number * 10 + UInt32(byte - 0x30), digits + 1)
                guard number <= 255 else { return nil }
            }
        }
        guard dots == 3, digits > 0 else { return nil }
        return mappedPrefix | UInt128(address << 8 | number)
    }

    private static func version6(_ text: ArraySlice<UInt8>) -> UInt128? {
        let colon = UInt8(ascii: ":")
        let gap = zip(text.indices, text.indices.dropFirst()).first { text[$0] == colon && text[$1] == colon }
        guard let gap else {
            guard let groups = groups(text), groups.count == 8 else { return nil }
            return joined(groups)
        }
        let (before, after) = (text[..<gap.0], text[(gap.1 + 1)...])
        guard let head = before.isEmpty ? [] : groups(before, isLast: false), let tail = after.isEmpty ? [] : groups(after),
            head.count + tail.count <= 7
        else { return nil }
        return joined(head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail)
    }

    /// Returns the groups of 16 bits between colons; the last two may be written as an IPv4 address.
    private static func groups(_ text: ArraySlice<UInt8>, isLast: Bool = true) -> [UInt16]? {
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if isLast, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let address = version4(part) else { return nil }
                groups += [UInt16(truncatingIfNeeded: address >> 16), UInt16(truncatingIfNeeded: address)]
            } else {
                // `UInt16(_:radix:)` accepts a sign too.
                guard (1...4).contains(part.count), part.first != UInt8(ascii: "+"), part.first != UInt8(ascii: "-"),
                    let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    private static func joined(_ groups: [UInt16]) -> UInt128 { groups.reduce(0) { $0 << 16 | UInt128($1) } }
}

extension IPAddress: CustomStringConvertible {
    /// The text of the address as RFC 5952 writes it: in lowercase, without leading zeros, with the longest run of two or more
    /// zero groups (the first of several) as `::`. An IPv4 address is written in dotted decimal.
    public var description: String {
        if isIPv4 {
            // The digits are written one by one, since this runs for each use that a gateway asks about.
            var text: [UInt8] = []
            text.reserveCapacity(15)
            for shift in [UInt128(24), 16, 8, 0] {
                let number = UInt8(truncatingIfNeeded: bits >> shift)
                if number >= 100 { text.append(0x30 + number / 100) }
                if number >= 10 { text.append(0x30 + number / 10 % 10) }
                text.append(0x30 + number % 10)
                if shift > 0 { text.append(UInt8(ascii: ".")) }
            }
            return String(decoding: text, as: UTF8.self)
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> UInt128(16 * (7 - $0))) }
        var zeroRun = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > zeroRun.count { zeroRun = start..<end }
            start = max(end, start + 1)
        }
        func text(_ groups: some Sequence<UInt16>) -> String { groups.map { String($0, radix: 16) }.joined(separator: ":") }
        guard zeroRun.count >= 2 else { return text(groups) }
        return text(groups[..<zeroRun.lowerBound]) + "::" + text(groups[zeroRun.upperBound...])
    }
}
