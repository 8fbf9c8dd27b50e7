public import Foundation
internal import JWTKit
internal import KeyEvents
internal import Ledger

/// How the host product signs the tokens of users whom it hands over.
public struct HandOverSettings: Sendable {
    /// The signature algorithms of RFC 7518 and RFC 8037 that are supported.
    public enum Algorithm: String, Sendable, CaseIterable {
        /// HMAC with SHA-256 and a shared secret.
        case hs256 = "HS256"
        /// ECDSA with P-256 and SHA-256.
        case es256 = "ES256"
        /// EdDSA with Ed25519.
        case edDSA = "EdDSA"
    }

    /// The algorithm of the signature, which must also be the token's `alg`.
    public var algorithm: Algorithm
    /// The key. HS256: the shared secret, at least 32 bytes. Otherwise the host product's public key: PEM for ES256; for EdDSA
    /// the `x` of its JWK (base64url).
    public var key: Data
    /// The value that the token's `aud` must have.
    public var audience: String

    /// Creates the settings.
    ///
    /// - Parameters:
    ///   - algorithm: The algorithm of the signature.
    ///   - key: The key, in the form that the algorithm needs.
    ///   - audience: The value that the token's `aud` must have.
    public init(algorithm: Algorithm, key: Data, audience: String) {
        self.algorithm = algorithm
        self.key = key
        self.audience = audience
    }
}

/// The error that the configured key or algorithm cannot be used.
public struct HandOverProblem: Error, CustomStringConvertible {
    /// What is wrong with the key, without quoting it.
    public let description: String
}

/// The sign-in of users whom the host product has signed in. The token is a JWT (RFC 7519), posted, with `aud`, `exp` at most
/// 60 seconds ahead, a `jti` that is accepted once, `account`, and `sub`, the user who acts. `nbf` and `iat` are respected when
/// they are present. The ledger remembers the tokens that were accepted (`Ledger.isFirst`), for all of its processes and across
/// restarts; only valid tokens get so far.
final class HandOver: Sendable {
    struct User: Equatable, Sendable {
        let account: AccountID
        let subject: String
    }

    enum Refusal: Error {
        case untrusted, expired, usedBefore, incomplete, holdsSecret

        var sentence: String {
            switch self {
            case .untrusted: "The signature or the audience is not the one expected here."
            case .expired: "It is older than it may be, or not valid yet. Go back and try again."
            case .usedBefore: "It was used before. Go back and try again."
            case .incomplete: "It does not say for whom. Tell the operator of your product."
            case .holdsSecret: "It names a key's secret where it should name you. Tell the operator of your product."
            }
        }
    }

    /// The maximum time for which a token may be valid.
    static let maxLifetime = Duration.seconds(60)
    /// How far the host product's clock may be ahead of this one, when a token says from when on it is valid.
    static let leeway = Duration.seconds(10)

    private let algorithm: any JWTAlgorithm
    private let audience: String

    init(_ settings: HandOverSettings) async throws {
        audience = settings.audience
        let keys = JWTKeyCollection()
        do {
            switch settings.algorithm {
            case .hs256:
                guard settings.key.count >= 32 else { throw HandOverProblem(description: "a secret for HS256 has at least 32 bytes") }
                await keys.add(hmac: HMACKey(from: settings.key), digestAlgorithm: .sha256)
            case .es256:
                await keys.add(ecdsa: try ES256PublicKey(pem: String(decoding: settings.key, as: UTF8.self)))
            case .edDSA:
                let x = String(decoding: settings.key, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
                await keys.add(eddsa: try EdDSA.PublicKey(x: x, curve: .ed25519))
            }
            algorithm = try await keys.getKey()
        } catch let problem as HandOverProblem {
            throw problem
        } catch {
            throw HandOverProblem(description: "it is not a public key for \(settings.algorithm.rawValue)")
        }
    }

    /// Accepts a token, once, and returns its user.
    ///
    /// - Throws: `Refusal`; or the ledger's error when it cannot be determined whether the token was accepted before.
    func user(_ text: String, _ ledger: Ledger) async throws -> User {
        let (user, id) = try read(text, at: ledger.time.now)
        guard try await ledger.commands.isFirst("hand-over", [audience, id]) else { throw Refusal.usedBefore }
        return user
    }

    /// Returns the user of a valid token, and the token's id, without checking whether the token was accepted before.
    func read(_ text: String, at now: Timestamp) throws(Refusal) -> (user: User, id: String) {
        let token: SignedToken
        do { token = try SignedToken(text, signedBy: algorithm) } catch { throw .untrusted }
        guard token.audience == [audience] else { throw .untrusted }
        guard let expiresAt = token.expiresAt, expiresAt > now, expiresAt <= now + Self.maxLifetime,
            (token.notBefore ?? now) <= now + Self.leeway
        else { throw .expired }
        if let issuedAt = token.issuedAt {
            // A token that was made for a day is not accepted in its last minute either.
            guard issuedAt <= now + Self.leeway, expiresAt <= issuedAt + Self.maxLifetime else {
                throw .expired
            }
        }
        // The operator's account can act on all others, so no product may hand over its users.
        guard let account = token.text("account").flatMap({ AccountID($0) }), !account.isOperator,
            let subject = token.text("sub"), (1...256).contains(subject.utf8.count),
            !subject.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }),
            let id = token.text("jti"), (1...256).contains(id.utf8.count)
        else { throw .incomplete }
        // The user's name is stored with what they do, and the account's id is stored unencrypted everywhere.
        guard ![account.description, subject].contains(where: { MisplacedSecret(in: $0) != nil }) else { throw .holdsSecret }
        return (User(account: account, subject: subject), id)
    }
}
