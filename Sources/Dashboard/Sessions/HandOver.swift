public import Foundation
internal import JWTKit
internal import KeyEvents
internal import Ledger

/// How the host product signs the users it hands over.
public struct HandOverSettings: Sendable {
    public enum Algorithm: String, Sendable, CaseIterable {
        case hs256 = "HS256"
        case es256 = "ES256"
        case edDSA = "EdDSA"
    }

    public var algorithm: Algorithm
    /// HS256: the shared secret, at least 32 bytes. Otherwise the host's public key: PEM for ES256; for EdDSA the `x` of its
    /// JWK (base64url).
    public var key: Data
    /// What `aud` must be.
    public var audience: String

    public init(algorithm: Algorithm, key: Data, audience: String) {
        self.algorithm = algorithm
        self.key = key
        self.audience = audience
    }
}

/// The key or algorithm that was configured cannot be used.
public struct HandOverProblem: Error, CustomStringConvertible {
    public let description: String
}

/// Takes over a user whom the host product has signed in: a JWT (RFC 7519) by POST with `aud`, `exp` at most 60 seconds ahead, a
/// `jti` that is taken once, `account`, and `sub`, who acts. `nbf` and `iat` are honoured where they are there. What was taken is
/// remembered by the ledger (`Ledger.isFirst`), for all processes on it and over restarts: only tokens that hold get so far.
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

    /// Seconds a token may be valid for.
    static let longestLife: Int64 = 60
    /// In seconds: how far the host's clock may be ahead of this one, where a token says from when on it holds.
    static let leeway: Int64 = 10

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

    /// Takes the user of a token, once.
    ///
    /// - Throws: `Refusal`; or what the ledger throws where it cannot be known whether the token was taken before.
    func user(_ text: String, _ ledger: Ledger) async throws -> User {
        let (user, id) = try read(text, at: ledger.time.now)
        guard try await ledger.commands.isFirst("hand-over", [audience, id]) else { throw Refusal.usedBefore }
        return user
    }

    /// The user of a token that holds, and the token's id; whether it was taken before is not asked.
    func read(_ text: String, at now: Timestamp) throws(Refusal) -> (user: User, id: String) {
        let token: SignedToken
        do { token = try SignedToken(text, signedBy: algorithm) } catch { throw .untrusted }
        guard token.audience == [audience] else { throw .untrusted }
        guard let expiresAt = token.expiresAt, expiresAt > now, expiresAt <= now.adding(seconds: Self.longestLife),
            (token.notBefore ?? now) <= now.adding(seconds: Self.leeway)
        else { throw .expired }
        if let issuedAt = token.issuedAt {
            // One that was made for a day is not taken in its last minute either.
            guard issuedAt <= now.adding(seconds: Self.leeway), expiresAt <= issuedAt.adding(seconds: Self.longestLife) else {
                throw .expired
            }
        }
        // The operator's account acts on all others: no product hands over its users.
        guard let account = token.text("account").flatMap({ AccountID($0) }), !account.isOperator,
            let subject = token.text("sub"), (1...256).contains(subject.utf8.count),
            !subject.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }),
            let id = token.text("jti"), (1...256).contains(id.utf8.count)
        else { throw .incomplete }
        // Who acts is kept with what they do, and the account's id is in the clear everywhere.
        guard ![account.description, subject].contains(where: { MisplacedSecret(in: $0) != nil }) else { throw .holdsSecret }
        return (User(account: account, subject: subject), id)
    }
}
