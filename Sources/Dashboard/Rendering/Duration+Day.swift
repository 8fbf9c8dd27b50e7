extension Duration {
    /// A day of 24 hours.
    static let day = Duration.seconds(86_400)
}
