internal import ArgumentParser
internal import Foundation
internal import GRDB
internal import HTTPConnections
internal import Hummingbird
internal import KeyledgerClient
internal import Logging
internal import NIOCore

/// The command line of the service: it parses arguments and determines the exit code.
struct ListingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listings-api",
        abstract: "The property listings of many accounts over HTTP, each guarded by its own API keys.",
        discussion: """
            Answers until SIGTERM or SIGINT, then finishes what was begun. Exit codes: 0 done; 2 wrong use; 3 the database or the \
            port is not to be had, or the text asked for could not be written.
            """)

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 for any free one.")
    var port = 8081

    @Option(help: "The SQLite database with the listings; made where there is none.")
    var database: String

    @Option(help: "The ledger that is asked about keys.")
    var ledger = "http://127.0.0.1:8080"

    @Option(help: "A file with a key of that ledger that has the permission verify.")
    var serviceKeyFile: String

    @Option(help: "The environment of the keys that open it; keys of another are unknown to it.")
    var environment = VerificationRequest.defaultEnvironment

    @Option(help: "Where people reach it, such as https://listings.example.com: the reference shows it. Default: the host they name.")
    var publicURL: String?

    @Option(
        name: .customLong("trusted-proxy"),
        help: "An address or range whose X-Forwarded-For is believed, such as 10.0.0.0/8. May be repeated. Default: none.")
    var trustedProxies: [String] = []

    @Option(
        help: """
            While the ledger cannot answer: refuse answers 503; read-recent lets keys read that were good within the last five minutes, \
            uncounted, even if they were revoked since.
            """)
    var unreachable: Unreachable = .refuse

    @Option(help: "The least that is written to standard error: debug, info, notice, warning or error.", transform: Self.level)
    var logLevel = Logger.Level.warning

    enum Unreachable: String, ExpressibleByArgument, CaseIterable {
        case refuse
        case readRecent = "read-recent"
    }

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else { throw ValidationError("There is no log level “\(text)”.") }
        return level
    }

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("There is no port \(port).") }
        guard environment.wholeMatch(of: /[a-z][a-z0-9]{0,15}/) != nil else {
            throw ValidationError("There is no environment “\(environment)”: up to 16 small letters and digits, a letter first.")
        }
        if let publicURL, publicURL.wholeMatch(of: /https?:\/\/[A-Za-z0-9._:\[\]\/~-]+/) == nil {
            throw ValidationError("--public-url takes an address such as https://listings.example.com.")
        }
    }

    func run() async throws {
        var logger = Logger(label: "listings-api") { RepetitionLimiter(StreamLogHandler.standardError(label: $0)) }
        logger.logLevel = logLevel
        let client: KeyledgerClient
        let proxies: TrustedProxies
        do {
            client = try KeyledgerClient(address: ledger, serviceKey: APIKey(contentsOfFile: serviceKeyFile))
            proxies = try TrustedProxies(trustedProxies)
        } catch {
            throw Self.failure("\(error)", exitCode: 2)
        }
        do {
            try await serve(client, proxies, logger)
        } catch let error as DatabaseError {
            throw Self.failure("The database \(database) cannot be used: \(error.message ?? "\(error.resultCode)").", exitCode: 3)
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw Self.failure("Port \(port) on \(host) is in use by another program; choose another with --port.", exitCode: 2)
        } catch {
            throw Self.failure("Port \(port) on \(host) cannot be served: \(error)", exitCode: 3)
        }
    }

    private func serve(_ client: KeyledgerClient, _ proxies: TrustedProxies, _ logger: Logger) async throws {
        let store = try ListingStore(path: database)
        let recent = RecentKeys(client, now: { .now })
        let verifier: any KeyVerifier = unreachable == .refuse ? client : recent
        let router = buildRouter(
            store: store, verifier: verifier, environment: environment, trustedProxies: proxies,
            outage: unreachable == .refuse ? .refuse : .decide(recent.decide),
            publicURL: publicURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 })
        let descriptors = DescriptorBudget.raised()
        var application = buildApplication(
            router, host: host, port: port, limits: ConnectionLimits(maxConnections: descriptors.defaultConnections), logger: logger
        ) { host, port in
            let shown = host.contains(":") ? "[\(host)]" : host
            try? FileHandle.standardOutput.write(contentsOf: Data("The listings API answers on http://\(shown):\(port)\n".utf8))
        }
        application.addServices(client)
        try await application.runService()
        try store.close()
    }

    private static func failure(_ sentence: String, exitCode: Int32) -> ExitCode {
        try? FileHandle.standardError.write(contentsOf: Data("listings-api: \(sentence)\n".utf8))
        return ExitCode(exitCode)
    }
}
