/// The field numbers of `Schemas/keyledger/v1/events.proto`, for the code that reads and writes records byte by byte. The tests
/// compare them with the generated code, field by field.
enum WireField {
    enum Event {
        static let keyID = 1
        static let accountID = 2
        static let recordedAt = 3
        static let occurredAt = 4
        static let actor = 5
        static let commandID = 6
        static let commandOrdinal = 7
        static let correlationID = 8
        static let sealed = 9
        static let requires = 10
    }

    /// The fields of the bodies, of which an event has one. The envelope stays below 20, so an unknown message field from there
    /// on is a newer body.
    enum Body {
        static let first = 20
        static let keyCreated = 20
        static let keyUsed = 21
        static let keyRefused = 22
        static let keyRevoked = 23
        static let keyExpired = 24
        static let keyChanged = 25
        static let keyDisabled = 26
        static let keyEnabled = 27
        static let secretAdded = 28
        static let secretRetired = 29
        /// The first field of the bodies that may concern no key.
        static let firstOfLog = 31
        static let logForked = 31
        static let accountErased = 32
        static let logKeyChanged = 33
        static let logRead = 34
        static let clockConfirmed = 35
        static let accountChanged = 36

        /// Whether this version has a name for a body.
        static func isKnown(_ field: Int) -> Bool {
            (first...secretRetired).contains(field) || (logForked...accountChanged).contains(field)
        }

        /// Whether a body states how the log came to its name and key.
        static func isOfLog(_ field: Int) -> Bool { field == logForked || field == logKeyChanged }
    }

    enum LogRead {
        static let what = 1
        static let accountID = 2
    }

    enum LogForked {
        static let leftLogID = 1
        static let leftCheckpoint = 2
        static let logID = 3
        static let abandonedLogIDs = 4
    }

    enum LogKeyChanged {
        static let oldOrigin = 1
        static let oldVerifierKey = 2
        static let newOrigin = 3
        static let newVerifierKey = 4
        static let signature = 5
    }

    enum ClockConfirmed {
        static let clock = 1
        static let expected = 2
    }

    enum AccountErased {
        static let dataKeyID = 1
        static let localUserID = 2
    }

    enum AccountChanged {
        static let keyLimit = 1
        static let grantable = 2
        static let localUserID = 3
    }

    enum Actor {
        static let kind = 1
        static let id = 2
    }

    enum Sealed {
        static let dataKeyID = 1
        static let ciphertext = 2
        static let construction = 3
    }

    enum Personal {
        static let name = 1
        static let metadata = 2
        static let reason = 3
        static let actorLabel = 4
        static let clientAddress = 5
        static let method = 6
        static let path = 7
        static let ipAllowlist = 8
        static let addresses = 9
        static let otherAddresses = 10
    }

    enum AddressCount {
        static let address = 1
        static let count = 2
    }

    enum Metadata {
        static let entries = 1
    }

    enum AddressList {
        static let cidr = 1
    }

    /// The fields of an entry of any map.
    enum MapEntry {
        static let key = 1
        static let value = 2
    }

    enum Secret {
        static let id = 1
        static let digest = 2
        static let algorithm = 3
        static let hint = 4
    }

    enum KeyCreated {
        static let environment = 1
        static let secret = 2
        static let scopes = 3
        static let permissions = 4
        static let expiresAt = 5
        static let restrictsAddresses = 8
    }

    enum KeyChanged {
        static let scopes = 1
        static let permissions = 2
        static let expiry = 3
        static let replacesName = 6
        static let replacesMetadata = 7
        static let restrictsAddresses = 8
    }

    enum StringList {
        static let values = 1
    }

    enum ExpiryChange {
        static let expiresAt = 1
    }

    /// The fields of `KeyUsed` and `KeyRefused`. Only the latter has a code and a permission that was asked for.
    enum Use {
        static let count = 1
        static let secretID = 2
        static let scopesAsked = 3
        static let decidedAtPosition = 4
        static let decidedAt = 5
        static let firstAt = 6
        static let environmentAsked = 7
        static let isInternal = 8
        static let code = 9
        static let permissionAsked = 10
    }

    enum KeyRevoked {
        static let reasonCode = 1
    }

    enum SecretAdded {
        static let secret = 1
        static let olderRetireAt = 2
        static let olderRetireWhenUsed = 3
        static let extendsGrace = 4
    }

    enum SecretRetired {
        static let secretID = 1
    }
}

/// The layout of a field's value (protobuf encoding, "wire types"), which is the low three bits of a tag.
enum WireType: UInt8 {
    case varint = 0
    /// The value has eight bytes.
    case fixed64 = 1
    /// The value is a varint length and that many bytes.
    case lengthDelimited = 2
    case groupStart = 3
    case groupEnd = 4
    /// The value has four bytes.
    case fixed32 = 5
}
