/// What a reader must know to understand a log, beside the events of its first version. The log names what it needs (`Event.requires`, and
/// the table `meta`), so that a program that does not know one of them refuses the log instead of passing over what may end a key.
public enum LogFeature: String, CaseIterable, Sendable {
    /// The log continues another under a new id: `LogForked`.
    case fork
    /// A secret ends with the first use of a newer one or at a time, whichever comes first: `SecretRetirement.whenNewerIsUsedOrAt`.
    case earlierEnd = "earlier-end"
    /// Checkpoints are signed with another key, under another origin: `LogKeyChanged`.
    case logKey = "log-key"
    /// An account has rules of its own: `AccountChanged`.
    case accountRules = "account-rules"

    /// Those of `names` that this version does not know.
    public static func unknown(among names: some Sequence<String>) -> [String] {
        names.filter { LogFeature(rawValue: $0) == nil }
    }
}

extension Event.Body {
    /// What whoever reads the event must know: what older programs would take for less than it says.
    public var neededFeatures: [LogFeature] {
        switch self {
        case .logForked: [.fork]
        case .logKeyChanged: [.logKey]
        case .accountChanged: [.accountRules]
        case .secretAdded(_, .whenNewerIsUsedOrAt?, _): [.earlierEnd]
        default: []
        }
    }
}
