internal import Bytes
public import KeyEvents

/// The data of one secret that a validation needs, read from its bytes without decoding them first.
///
/// | offset | bytes | what |
/// |---|---|---|
/// | 0 | 1 | layout version: 3 |
/// | 1 | 1 | bit 0 disabled, 1 revoked, 2 expiry recorded, 3 secret retired, 4 its use retires older ones, 5 has an IP allowlist |
/// | 2 | 1 | permissions: bit 0 verify, 1 keys.read, 2 keys.write, 3 log.read, 4 admin |
/// | 3 | 1 | length of the environment |
/// | 4 | 1 | length of the account id |
/// | 5 | 1 | number of scopes |
/// | 6 | 2 | check, little-endian: see below |
/// | 8 | 16 | key id |
/// | 24 | 4 | secret id, big-endian |
/// | 28 | 8 | `expires_at`, microseconds, big-endian; 2⁶³−1: never |
/// | 36 | 8 | when this secret retires, likewise |
/// | 44 | … | environment ‖ account id ‖ for each scope its length (1) and text |
///
/// The check is computed over the entry with zero for the check, padded with zeros to whole words of 4 bytes, little-endian. It
/// is the sum of word 0 × 1, word 1 × 3, word 2 × 5 and so on, and of the entry's length in bytes, modulo the prime 65,521. A
/// flipped bit adds or subtracts a power of two times an odd number below the prime, so one flipped bit is always noticed, and so
/// are two in one word; of other damage one in 65,521 passes. The check takes some 20 ns, where a CRC would take several times as
/// long. It follows no standard, since the index is derived data.
public struct ValidationEntry: ~Escapable {
    static let version: UInt8 = 3
    static let fixedBytes = 44

    private let bytes: Span<UInt8>

    /// Reads an entry; `nil` where the bytes are not an entry of this layout, or not as they were written, since a flipped bit
    /// may be what revoked a key.
    @_lifetime(copy bytes)
    public init?(_ bytes: Span<UInt8>) {
        guard bytes.count >= Self.fixedBytes, bytes[0] == Self.version,
            bytes.count >= Self.fixedBytes + Int(bytes[3]) + Int(bytes[4]),
            UInt16(bytes[6]) | UInt16(bytes[7]) << 8 == Self.check(bytes)
        else { return nil }
        self.bytes = bytes
    }

    /// Returns what bytes 6 and 7 should be. There must be at least eight bytes.
    static func check(_ bytes: Span<UInt8>) -> UInt16 {
        // There are at most 2¹⁴ words of 32 bits, each multiplied by less than 2¹⁶, so the sum stays below 2⁶².
        var sum = UInt64(bytes.count)
        var factor: UInt64 = 1
        unsafe bytes.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 8 <= bytes.count {
                var words = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                if offset == 0 { words &= 0x0000_FFFF_FFFF_FFFF }
                sum &+= (words & 0xFFFF_FFFF) &* factor &+ (words >> 32) &* (factor &+ 2)
                factor &+= 4
                offset += 8
            }
            guard offset < bytes.count else { return }
            // These are the last eight bytes, without those that are summed up already.
            let last = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
            let words = last >> UInt64((offset + 8 - bytes.count) * 8)
            sum &+= (words & 0xFFFF_FFFF) &* factor &+ (words >> 32) &* (factor &+ 2)
        }
        return UInt16(sum % 65_521)
    }

    /// Whether the key is disabled.
    public var isDisabled: Bool { bytes[1] & 1 != 0 }
    /// Whether the key was revoked.
    public var isRevoked: Bool { bytes[1] & 2 != 0 }
    /// Whether the expiry of the key is recorded.
    public var isExpiryRecorded: Bool { bytes[1] & 4 != 0 }
    /// Whether the end of the secret is recorded.
    public var isSecretRetired: Bool { bytes[1] & 8 != 0 }
    /// Whether the first accepted use of the secret ends older ones.
    public var retiresOlder: Bool { bytes[1] & 16 != 0 }
    /// Whether the key has an IP allowlist.
    public var restrictsAddresses: Bool { bytes[1] & 32 != 0 }
    /// What the key may do to Keyledger itself.
    public var permissions: PermissionSet { PermissionSet(rawValue: bytes[2]) }
    public var keyID: KeyID { KeyID(Bytes16(high: bytes.bigEndian(at: 8), low: bytes.bigEndian(at: 16))) }
    public var secretID: UInt32 { UInt32(truncatingIfNeeded: bytes.bigEndian(at: 20)) }
    /// When the key expires; `Int64.max` microseconds where it never does.
    public var expiresAt: Timestamp { Timestamp(microseconds: Int64(bitPattern: bytes.bigEndian(at: 28))) }

    /// When the secret ends by itself; `Int64.max` microseconds where it does not.
    public var retiresAt: Timestamp { Timestamp(microseconds: Int64(bitPattern: bytes.bigEndian(at: 36))) }

    /// The account that the key belongs to.
    public var accountID: AccountID {
        let start = Self.fixedBytes + Int(bytes[3])
        return AccountID(trusted: text(start..<start + Int(bytes[4])))
    }

    /// Returns whether the key belongs to an environment.
    public func isEnvironment(_ name: String) -> Bool { equals(name, Self.fixedBytes..<Self.fixedBytes + Int(bytes[3])) }

    /// Returns whether the key belongs to an account.
    public func isAccount(_ account: AccountID) -> Bool {
        let start = Self.fixedBytes + Int(bytes[3])
        return equals(account.description, start..<start + Int(bytes[4]))
    }

    /// Returns whether the key's scopes permit a scope.
    ///
    /// - Parameter asked: The scope that a call needs.
    /// - Returns: `true` where at least one of the scopes permits it.
    public func permits(_ asked: String) -> Bool {
        let asked = asked.utf8.span
        var offset = Self.fixedBytes + Int(bytes[3]) + Int(bytes[4])
        for _ in 0..<bytes[5] {
            guard offset < bytes.count, offset + 1 + Int(bytes[offset]) <= bytes.count else { return false }
            let held = bytes.extracting(offset + 1..<offset + 1 + Int(bytes[offset]))
            if Scope.permits(held: held, asked: asked) { return true }
            offset += 1 + held.count
        }
        return false
    }

    private func text(_ range: Range<Int>) -> String {
        unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    private func equals(_ text: String, _ range: Range<Int>) -> Bool {
        let text = text.utf8.span
        guard text.count == range.count else { return false }
        for index in 0..<text.count where text[index] != bytes[range.lowerBound + index] { return false }
        return true
    }

    /// Returns whether the layout can hold the key's environment and scopes. Those of keys of this version always fit; a log that
    /// another program wrote may hold others.
    static func hasRoom(for state: KeyState) -> Bool {
        let scopes = state.scopes
        return state.environment.utf8.count <= UInt8.max && scopes.count <= UInt8.max
            && scopes.allSatisfy { $0.utf8.count <= UInt8.max }
    }

    /// Encodes the entry of one secret of a key. A key that does not fit into the layout is refused as a revoked one.
    public static func encode(_ state: KeyState, _ secret: KeySecret) -> [UInt8] {
        let isWhole = hasRoom(for: state)
        let (environment, scopes) = isWhole ? (state.environment, state.scopes) : ("", [])
        var flags: UInt8 = state.isDisabled ? 1 : 0
        if !isWhole { flags |= 2 }
        if secret.retiredAt != nil { flags |= 8 }
        if state.retiresOlder(secret) { flags |= 16 }
        if state.sealedAllowlist != nil { flags |= 32 }
        switch state.end {
        case .revoked: flags |= 2
        case .expired: flags |= 4
        case nil: break
        }
        var bytes: [UInt8] = [
            version, flags, PermissionSet(state.permissions).rawValue, UInt8(environment.utf8.count),
            UInt8(state.accountID.description.utf8.count), UInt8(scopes.count), 0, 0,
        ]
        bytes += state.id.raw.bytes
        bytes += secret.record.id.bigEndianBytes
        bytes += UInt64(bitPattern: state.expiresAt?.microseconds ?? .max).bigEndianBytes
        bytes += UInt64(bitPattern: secret.retirement?.date?.microseconds ?? .max).bigEndianBytes
        bytes += Array(environment.utf8)
        bytes += Array(state.accountID.description.utf8)
        for scope in scopes { bytes += [UInt8(scope.utf8.count)] + Array(scope.utf8) }
        let check = check(bytes.span)
        bytes[6] = UInt8(truncatingIfNeeded: check)
        bytes[7] = UInt8(check >> 8)
        return bytes
    }
}

/// A set of permissions in one byte.
public struct PermissionSet: OptionSet, Sendable {
    /// One bit per permission; `ValidationEntry` lists them.
    public let rawValue: UInt8

    /// Creates a set from its byte.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Creates a set of permissions.
    public init(_ permissions: some Sequence<Permission>) {
        rawValue = permissions.reduce(0) { $0 | Self.bit($1) }
    }

    /// Returns whether the set has a permission; `admin` includes all others.
    public func contains(_ permission: Permission) -> Bool { rawValue & (Self.bit(permission) | Self.bit(.admin)) != 0 }

    private static func bit(_ permission: Permission) -> UInt8 {
        switch permission {
        case .verify: 1
        case .keysRead: 2
        case .keysWrite: 4
        case .logRead: 8
        case .admin: 16
        }
    }
}
