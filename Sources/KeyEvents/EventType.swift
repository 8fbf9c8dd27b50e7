/// The kinds of events, by their names in the log and in documents.
public enum EventType: String, CaseIterable, Sendable {
    case keyCreated = "KeyCreated"
    case keyUsed = "KeyUsed"
    case keyRefused = "KeyRefused"
    case keyRevoked = "KeyRevoked"
    case keyExpired = "KeyExpired"
    case keyChanged = "KeyChanged"
    case keyDisabled = "KeyDisabled"
    case keyEnabled = "KeyEnabled"
    case secretAdded = "SecretAdded"
    case secretRetired = "SecretRetired"
    case logForked = "LogForked"
    case clockConfirmed = "ClockConfirmed"
    case logRead = "LogRead"
    case logKeyChanged = "LogKeyChanged"
    case accountErased = "AccountErased"
    case accountChanged = "AccountChanged"

    /// The number of the body's field in `events.proto`, by which `EventHeader` distinguishes records.
    public var bodyField: Int {
        switch self {
        case .keyCreated: WireField.Body.keyCreated
        case .keyUsed: WireField.Body.keyUsed
        case .keyRefused: WireField.Body.keyRefused
        case .keyRevoked: WireField.Body.keyRevoked
        case .keyExpired: WireField.Body.keyExpired
        case .keyChanged: WireField.Body.keyChanged
        case .keyDisabled: WireField.Body.keyDisabled
        case .keyEnabled: WireField.Body.keyEnabled
        case .secretAdded: WireField.Body.secretAdded
        case .secretRetired: WireField.Body.secretRetired
        case .logForked: WireField.Body.logForked
        case .clockConfirmed: WireField.Body.clockConfirmed
        case .logRead: WireField.Body.logRead
        case .logKeyChanged: WireField.Body.logKeyChanged
        case .accountErased: WireField.Body.accountErased
        case .accountChanged: WireField.Body.accountChanged
        }
    }
}
