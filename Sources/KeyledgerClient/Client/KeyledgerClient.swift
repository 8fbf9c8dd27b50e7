internal import AsyncHTTPClient
internal import Bytes
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
public import ServiceLifecycle

/// A client that asks a ledger over HTTP whether keys are good. One instance serves a whole process; it keeps connections open.
///
/// The client sends a request again only when the request has certainly not left this process: when no connection was
/// established. Once any part of it may have been received it is never repeated, because the use would be counted twice; the
/// caller gets an error instead.
///
/// Add the client to the services of an application, which then shuts it down last and waits for it. Otherwise its connections
/// are closed by `shutdown()`, or when the last reference to it is released.
public final class KeyledgerClient: KeyVerifier, Service {
    /// Settings of a client.
    public struct Options: Sendable {
        /// How long establishing one connection may take.
        public var connectTimeout: Duration = .seconds(1)
        /// How long a call of `verify(_:)` may take in total, including further attempts to connect.
        public var totalTimeout: Duration = .seconds(5)
        /// How many connections are kept open side by side. Further requests wait until one of them is free.
        public var connections = 64

        /// Creates the default settings.
        public init() {}
    }

    private static let attempts = 3
    private static let pause = Duration.milliseconds(100)
    /// The maximum size of a response body, in bytes.
    private static let maxResponseBytes = 1 << 20

    private let url: String
    private let serviceKey: APIKey
    private let options: Options
    private let httpClient: HTTPClient

    /// Creates a client. It connects when the first key is verified.
    ///
    /// - Parameters:
    ///   - address: The ledger's address, such as `http://127.0.0.1:8080` or, for a Unix socket,
    ///     `http+unix://%2Frun%2Fkeyledger.sock`.
    ///   - serviceKey: A key with the permission `verify`, with which the service authenticates itself to the ledger.
    ///   - options: The settings of the client.
    /// - Throws: `BadAddress` when the address has another scheme, no host, or a user, a password or a query.
    public init(address: String, serviceKey: APIKey, options: Options = Options()) throws(BadAddress) {
        let base = address.hasSuffix("/") ? String(address.dropLast()) : address
        guard let parsed = URL(string: base), ["http", "https", "http+unix"].contains(parsed.scheme), parsed.host?.isEmpty == false,
            parsed.user == nil, parsed.password == nil, parsed.query == nil
        else { throw BadAddress() }
        url = base + "/v1/verify"
        self.serviceKey = serviceKey
        self.options = options
        var configuration = HTTPClient.Configuration()
        // A redirected request would be a second one, and would show the service's key to another server.
        configuration.redirectConfiguration = .disallow
        // The client itself decides whether to try again.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = options.connections
        // The ledger closes idle connections after 60 seconds. A request must not be sent on a connection that is being closed:
        // it could not be sent again.
        configuration.connectionPool.idleTimeout = .seconds(30)
        configuration.timeout.connect = TimeAmount(options.connectTimeout)
        configuration.httpVersion = .http1Only
        httpClient = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
    }

    /// The error of `init(address:serviceKey:options:)`: the text is not the address of a ledger.
    public struct BadAddress: Error, CustomStringConvertible {
        /// One sentence that says what an address must look like. It does not quote the address.
        public var description: String { "The ledger's address must be like http://127.0.0.1:8080, without a user, password or query." }
    }

    deinit {
        let httpClient = httpClient
        // After `shutdown()` this does nothing; the closure keeps the HTTP client alive until its connections are closed.
        httpClient.shutdown { _ in withExtendedLifetime(httpClient) {} }
    }

    /// Runs until the application begins its graceful shutdown, then closes the connections. A `ServiceGroup` calls this.
    ///
    /// - Throws: An error when the connections cannot be closed.
    public func run() async throws {
        try? await gracefulShutdown()
        try await shutdown()
    }

    /// Closes all connections. No key can be verified afterwards.
    ///
    /// - Throws: An error when the client is shut down already, or when the connections cannot be closed.
    public func shutdown() async throws { try await httpClient.shutdown() }

    /// Asks the ledger for a verdict. The ledger counts the use unless `isDryRun` is set.
    ///
    /// - Parameter verification: The key and what it is to be checked for.
    /// - Returns: The ledger's verdict.
    /// - Throws: `VerificationError` when there is no verdict. With the code `timedOut` or `interrupted` the use may have been
    ///   counted.
    public func verify(_ verification: VerificationRequest) async throws(VerificationError) -> KeyVerdict {
        let sending: OneShotBody
        do {
            sending = OneShotBody(ByteBuffer(bytes: try JSON.bytes(VerifyBody(verification))))
        } catch {
            throw VerificationError(.questionRefused, "The question cannot be written as JSON.", cause: error)
        }
        do {
            return try await withTimeout(options.totalTimeout) { try await self.ask(sending) }
        } catch let error as VerificationError {
            throw error
        } catch is CancellationError where Task.isCancelled {
            throw VerificationError(.cancelled, "Nobody waits for the verdict any more.")
        } catch is TimedOut where sending.hasBegun {
            throw VerificationError(.timedOut, "The ledger did not answer within \(options.totalTimeout).")
        } catch  where sending.hasBegun {
            throw VerificationError(.interrupted, "The connection to the ledger broke before it had answered.", cause: error)
        } catch {
            throw VerificationError(.unreachable, "The ledger cannot be reached; is it running, and is its address right?", cause: error)
        }
    }

    private func ask(_ sending: OneShotBody) async throws -> KeyVerdict {
        for _ in 1..<Self.attempts {
            do {
                return try await attempt(sending)
            } catch  where !sending.hasBegun && !Task.isCancelled {
                try await Task.sleep(for: Self.pause)
            }
        }
        return try await attempt(sending)
    }

    private func attempt(_ sending: OneShotBody) async throws -> KeyVerdict {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = [
            "Authorization": "Bearer " + serviceKey.reveal(), "Content-Type": "application/json", "Accept": "application/json",
        ]
        request.body = .stream(sending, length: .known(sending.length))
        let response = try await httpClient.execute(request, deadline: .distantFuture)
        return try await read(response)
    }

    private func read(_ response: HTTPClientResponse) async throws -> KeyVerdict {
        let body = try await response.body.collect(upTo: Self.maxResponseBytes)
        let bytes = Data(body.readableBytesView)
        guard response.status == .ok else { throw Self.error(response, bytes) }
        do {
            return try JSONDecoder().decode(VerdictDocument.self, from: bytes).verdict
        } catch {
            // The bytes that were read stay out of the message, because nothing is known about them.
            throw VerificationError(.protocolError, "What answers at the ledger's address does not answer as a ledger does.")
        }
    }

    private static func error(_ response: HTTPClientResponse, _ bytes: Data) -> VerificationError {
        let refusal = try? JSONDecoder().decode(RefusalDocument.self, from: bytes)
        let said = refusal.map { " \($0.code): \($0.detail)" } ?? ""
        let retryAfter = response.headers.first(name: "Retry-After").flatMap { Int($0) }.map { Duration.seconds($0) }
        let status = response.status.code
        switch status {
        case 401, 403:
            return VerificationError(
                .serviceKeyRefused, "The service's own key is not good enough; it needs the permission verify.\(said)")
        case 408, 429, 500...599:
            return VerificationError(.unavailable, "The ledger cannot answer (status \(status)).\(said)", retryAfter: retryAfter)
        case 400..<500 where refusal != nil && status != 404:
            return VerificationError(.questionRefused, "The ledger does not take the question (status \(status)).\(said)")
        default:
            return VerificationError(.protocolError, "What answers at the ledger's address is not a ledger (status \(status)).")
        }
    }
}
