internal import HTTPTypes
public import Hummingbird
internal import Logging
internal import NIOCore

/// A middleware that lets a call through to its handler only with a good key, and tells the handler whose key it is.
///
/// The guard takes exactly one key, from `Authorization: Bearer` or `X-API-Key`. Refusals are RFC 9457 problem documents with
/// the challenges of RFC 6750. The ledger counts every call that gets a verdict.
public struct KeyGuard<Context: KeyGuardedContext>: RouterMiddleware {
    private let verifier: any KeyVerifier
    private let scopes: [String]
    private let environment: String?
    private let trustedProxies: TrustedProxies
    private let outage: OutagePolicy

    /// Creates a guard for one or more routes.
    ///
    /// - Parameters:
    ///   - verifier: The component that verifies keys.
    ///   - scopes: The scopes that a key must have, all of them.
    ///   - environment: The environment that a key must belong to; a key of another one is refused as unknown. The default is
    ///     `live`, and `nil` accepts every environment.
    ///   - trustedProxies: The reverse proxies whose `X-Forwarded-For` is believed.
    ///   - outage: How calls are treated while the verifier cannot answer.
    public init(
        _ verifier: any KeyVerifier, scopes: [String] = [], environment: String? = VerificationRequest.defaultEnvironment,
        trustedProxies: TrustedProxies = .none, outage: OutagePolicy = .refuse
    ) {
        self.verifier = verifier
        self.scopes = scopes
        self.environment = environment
        self.trustedProxies = trustedProxies
        self.outage = outage
    }

    /// Verifies the key of a call, then calls the handler, or returns a refusal.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - context: The context of the request; the handler gets a copy with `caller` set.
    ///   - next: The next middleware or the handler.
    /// - Returns: The handler's response, or a problem document when the call is refused.
    /// - Throws: What the handler throws.
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
        let verification = VerificationRequest(
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
        _ verification: VerificationRequest, _ error: VerificationError, _ context: Context
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
