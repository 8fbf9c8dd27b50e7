internal import HTTPTypes
public import Hummingbird
internal import Logging
internal import NIOCore

/// Lets a call through to its handler only with a good key, and tells the handler whose it is.
///
/// Takes exactly one key, from `Authorization: Bearer` or `X-API-Key`. Refusals are RFC 9457 problem documents with the challenges
/// of RFC 6750. Every call that gets a verdict is counted by the ledger.
public struct KeyGuard<Context: KeyGuardedContext>: RouterMiddleware {
    private let verifier: any KeyVerifier
    private let scopes: [String]
    private let environment: String?
    private let trustedProxies: TrustedProxies
    private let outage: OutagePolicy

    /// - Parameters:
    ///   - verifier: who is asked about keys.
    ///   - scopes: a key must have all of them.
    ///   - environment: a key of another one is refused as unknown; `live` unless another is named, and `nil`: any will do.
    ///   - trustedProxies: whose `X-Forwarded-For` is believed.
    ///   - outage: what becomes of calls while the verifier cannot answer.
    public init(
        _ verifier: any KeyVerifier, scopes: [String] = [], environment: String? = Verification.usualEnvironment,
        trustedProxies: TrustedProxies = .none, outage: OutagePolicy = .refuse
    ) {
        self.verifier = verifier
        self.scopes = scopes
        self.environment = environment
        self.trustedProxies = trustedProxies
        self.outage = outage
    }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        do throws(KeyRefusal) {
            context.caller = try await caller(request, context)
        } catch {
            return try error.response(from: request, context: context)
        }
        return try await next(request, context)
    }

    private func caller(_ request: Request, _ context: Context) async throws(KeyRefusal) -> KeyCaller {
        let verification = Verification(
            key: try PresentedKey.find(in: request), scopes: scopes, environment: environment,
            clientAddress: trustedProxies.client(
                peer: context.remoteAddress?.ipAddress, forwardedFor: request.headers[values: .xForwardedFor]),
            method: request.method.rawValue, path: request.uri.path)
        let verdict: KeyVerdict
        do {
            verdict = try await verifier.verify(verification)
        } catch {
            return try await callerWithoutVerdict(verification, error, context)
        }
        guard verdict.isValid, let key = verdict.key else { throw KeyRefusal(verdict, scopes: scopes) }
        return .verified(key)
    }

    private func callerWithoutVerdict(
        _ verification: Verification, _ error: VerificationError, _ context: Context
    ) async throws(KeyRefusal) -> KeyCaller {
        if error.code != .cancelled { context.logger.error("No verdict on a key: \(error)") }
        let refusal = KeyRefusal.unavailable(retryAfter: error.retryAfter)
        guard error.isOutage else { throw refusal }
        switch outage {
        case .refuse: throw refusal
        case .allow: return .unverified
        case .decide(let decide):
            guard let caller = await decide(verification, error) else { throw refusal }
            return caller
        }
    }
}

extension HTTPField.Name {
    fileprivate static let xForwardedFor = Self("X-Forwarded-For")!
}
