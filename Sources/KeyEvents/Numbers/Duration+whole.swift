/// Durations in the whole units of formats and system calls. What does not fit becomes the nearest number that does, since durations
/// come from outside too.
extension Duration {
    /// The whole seconds, rounded towards zero.
    public var wholeSeconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000_000_000_000) }

    /// The whole microseconds, rounded towards zero.
    public var wholeMicroseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000_000) }
}
