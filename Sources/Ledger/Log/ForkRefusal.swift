/// Why a log was not forked.
public enum ForkRefusal: Error, Equatable, Sendable {
    /// The newer copy is of another log; its origin.
    case logMismatch(String)
    /// The newer copy is of a log that this one was forked from before; the origin of that log.
    case forkedBefore(String)
    /// The newer copy is not what its ledger signed; what is wrong.
    case notVerified(String)
    /// The copy holds nothing that this log does not, or this log has continued in another way; which of the two.
    case notNewer(String)
    /// The copy restricts more keys than one transaction takes.
    case tooMuch(keys: Int)
    /// The checkpoints beside the log are of another log, and none of its own; the directory that holds them, and that log's origin.
    case foreignCheckpoints(path: String, origin: String)
    /// The allowlists of so many keys cannot be read, because data keys are missing in the vault.
    case unreadableLists(keys: Int)
}

extension ForkRefusal: CustomStringConvertible {
    /// The reason as a sentence for the operator, with what to do about it.
    public var description: String {
        switch self {
        case .logMismatch(let origin): "The bundle is of another log, \(origin); nothing was changed."
        case .forkedBefore(let origin):
            "The bundle is of \(origin), the log that this one was forked from before, by log import or log fork, and a newer copy is applied"
                + " with the fork alone; nothing was changed. To go on from the newer copy, import it into a new folder (keyledger log import"
                + " FILE --data FOLDER) and revoke there what was revoked here since; or revoke here what had ended there."
        case .notVerified(let what): "The bundle is not what its ledger signed (\(what)); nothing was changed."
        case .notNewer(let why): "The bundle is no newer copy of this log (\(why)); nothing was changed."
        case .tooMuch(let keys):
            "The newer copy restricts \(keys) keys, more than a fork applies at once (\(ForkJob.maxKeys)); nothing was changed. Import the newer"
                + " copy itself instead: keyledger log import"
        case .foreignCheckpoints(let path, let origin):
            "The checkpoints in \(path) are of another log, \(origin), and a fork names the checkpoint of the log that it leaves; nothing was"
                + " changed. If the log in ledger/ is the right one, move those files away, and it is validated by again; if not, put the right"
                + " one back."
        case .unreadableLists(let keys):
            "The newer copy has other allowed addresses of \(keys) keys, which cannot be read: the data keys of their accounts are missing in the"
                + " vault; nothing was changed. Put vault/ back from a backup first."
        }
    }
}
