/// The key is no longer what a command was meant for: it was changed after that revision, or got a newer secret. Nothing was changed;
/// the caller reads the key again.
public struct StaleRevision: Error, Equatable {}
