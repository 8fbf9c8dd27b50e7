/// The question as it is sent to `POST /v1/verify`. What is `nil` is left out.
struct VerifyBody: Encodable {
    /// In characters; the ledger keeps less of either.
    private static let longestMethod = 32
    private static let longestPath = 1024

    private let key: String
    private let scopes: [String]
    private let environment: String?
    private let ip: String?
    private let method: String?
    private let path: String?
    private let dryRun: Bool
    private let minPosition: UInt64?

    init(_ verification: Verification) {
        key = verification.key.reveal()
        scopes = verification.scopes
        environment = verification.environment
        ip = verification.clientAddress
        method = verification.method.map { String($0.unicodeScalars.prefix(Self.longestMethod)) }
        path = verification.path.map { String($0.unicodeScalars.prefix(Self.longestPath)) }
        dryRun = verification.isDryRun
        minPosition = verification.minPosition
    }
}
