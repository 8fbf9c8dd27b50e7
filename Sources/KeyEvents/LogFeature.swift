/// A feature that a reader must know to understand a log, beyond the events of the first version. The log names the features that
/// it needs (in `Event.requires` and in the table `meta`), so that a program that does not know one of them refuses the log
/// instead of passing over an event that may end a key.
public enum LogFeature: String, CaseIterable, Sendable {
    /// The log continues another log under a new id; see `LogForked`.
    case fork
    /// A secret ends with the first use of a newer one or at a time, whichever comes first; see
    /// `SecretRetirement.whenNewerIsUsedOrAt`.
    case earlierEnd = "earlier-end"
    /// Checkpoints are signed with another key, under another origin; see `LogKeyChanged`.
    case logKey = "log-key"
    /// An account has rules of its own; see `AccountChanged`.
    case accountRules = "account-rules"

    /// Returns the names that this version does not know.
    ///
    /// - Parameter names: Names of features.
    /// - Returns: Those of `names` that are not a `LogFeature`, in their order.
    public static func unknown(among names: some Sequence<String>) -> [String] {
        names.filter { LogFeature(rawValue: $0) == nil }
    }
}

extension Event.Body {
    /// The features that a reader of the event must know. They mark events of which an older program would understand less than
    /// they say.
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
