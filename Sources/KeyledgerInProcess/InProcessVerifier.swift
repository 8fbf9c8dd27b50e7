internal import FoundationEssentials
internal import KeyEvents
public import KeyledgerClient
public import Ledger
internal import LedgerAPI
public import ServiceLifecycle
internal import Validation

/// A verifier that reads and writes a ledger's data folder on this host, without a call over the network.
///
/// **Trust.** A process that opens the data folder is inside the ledger's trust boundary: it could write anything into the log
/// but a signature. Embed only code that you trust as much as the ledger itself; let everything else ask over HTTP with a
/// `KeyledgerClient`. The processes that share a data folder must run on one host and share their PID namespace: two containers
/// with namespaces of their own corrupt each other's view of who is reading, so the second one is refused.
///
/// Add the verifier to the services of an application: its `run()` then records expiries and aggregated uses as they become
/// due, and closes the ledger when the application stops. Otherwise call `close()` at the end; what was accepted is durable
/// when it returns.
public struct InProcessVerifier: KeyVerifier, Service {
    private let ledger: Ledger

    /// Opens the ledger in a data folder.
    ///
    /// - Parameters:
    ///   - path: The path of an existing data folder, such as one made by `keyledger init`.
    ///   - report: A closure that is called, on any thread, with a plain sentence when something went wrong in the background,
    ///     where no caller gets an error.
    /// - Throws: An error whose description says what the operator must correct: the folder is missing or damaged, was written
    ///   by a newer version, or cannot be opened.
    public init(dataFolder path: String, report: @escaping @Sendable (String) -> Void) throws {
        ledger = try Ledger.open(DataFolder(path: path), options: Ledger.Options(report: report))
    }

    /// Creates a verifier that uses a ledger which is open already.
    ///
    /// - Parameter ledger: The ledger. `close()` and `run()` close it.
    public init(_ ledger: Ledger) { self.ledger = ledger }

    /// Maintains the ledger until the application begins its graceful shutdown or the task is cancelled, then closes the
    /// ledger.
    public func run() async {
        await cancelWhenGracefulShutdown { await ledger.maintenance.run() }
        close()
    }

    /// Closes the ledger. What was accepted is durable when this returns; nothing can be verified afterwards.
    public func close() { ledger.close() }

    /// Verifies one key against the ledger. The use is recorded unless `isDryRun` is set.
    ///
    /// - Parameter verification: The key and what it is to be checked for.
    /// - Returns: The verdict on the key.
    /// - Throws: `VerificationError` with the code `cancelled` when the task is cancelled, `questionRefused` when the request
    ///   asks for what no key can have, `protocolError` when a valid key cannot be shown, and `unavailable` for everything
    ///   else.
    public func verify(_ verification: VerificationRequest) async throws(VerificationError) -> KeyVerdict {
        let secret = verification.key.reveal()
        let context = UseContext(clientAddress: verification.clientAddress, method: verification.method, path: verification.path)
        do {
            let exchange = VerifyExchange(
                secret, AccessCheck(scopes: verification.scopes, environment: verification.environment, address: context.address),
                context: context, actor: Actor(kind: .system, id: "in-process"), in: ledger)
            return try verdict(await exchange.verdict(isDryRun: verification.isDryRun, minPosition: verification.minPosition))
        } catch {
            throw Self.error(error)
        }
    }

    private func verdict(_ outcome: VerifyOutcome) throws -> KeyVerdict {
        let (verdict, key) = (outcome.verdict, try outcome.key().map { KeyIdentity($0) })
        guard verdict.isValid else {
            return .refused(
                KeyVerdict.Code(rawValue: verdict.code.rawValue), message: outcome.message, position: verdict.position, key: key)
        }
        guard let key else { throw VerificationError(.protocolError, "The ledger accepted a key that it cannot show.") }
        return .valid(key, message: verdict.message, position: verdict.position)
    }

    private static func error(_ error: any Error) -> VerificationError {
        switch error {
        case let error as VerificationError: error
        case is CancellationError: VerificationError(.cancelled, "Nobody waits for the verdict any more.")
        case ServiceError.behind:
            VerificationError(.unavailable, "The ledger has not reached the position.", retryAfter: .seconds(1), cause: error)
        case is ServiceError: VerificationError(.questionRefused, "The ledger does not take the question.", cause: error)
        default: VerificationError(.unavailable, "The ledger cannot answer.", retryAfter: .seconds(1), cause: error)
        }
    }
}

extension KeyIdentity {
    fileprivate init(_ view: DecryptedKey) {
        let state = view.state
        self.init(
            id: state.id.description, accountID: state.accountID.description, name: view.name, scopes: state.scopes,
            environment: state.environment,
            expiresAt: state.expiresAt.map { Date(timeIntervalSince1970: Double($0.microseconds) / 1_000_000) }, metadata: view.metadata)
    }
}
