/// A verification request as it is sent to `POST /v1/verify`. Fields that are `nil` are left out.
struct VerifyBody: Encodable {
    /// The maximum lengths that are sent, in Unicode scalars; the ledger stores less of either.
    private static let maxMethodLength = 32
    private static let maxPathLength = 1024

    private let key: String
    private let scopes: [String]
    private let environment: String?
    private let ip: String?
    private let method: String?
    private let path: String?
    private let dryRun: Bool
    private let minPosition: UInt64?

    init(_ verification: VerificationRequest) {
        key = verification.key.reveal()
        scopes = verification.scopes
        environment = verification.environment
        ip = verification.clientAddress
        method = verification.method.map { String($0.unicodeScalars.prefix(Self.maxMethodLength)) }
        path = verification.path.map { String($0.unicodeScalars.prefix(Self.maxPathLength)) }
        dryRun = verification.isDryRun
        minPosition = verification.minPosition
    }
}
