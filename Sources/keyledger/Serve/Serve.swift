internal import ArgumentParser
internal import Dashboard
internal import Glibc
internal import HTTPConnections
internal import Hummingbird
internal import KeyledgerHTTP
internal import Ledger
internal import LedgerQueries
internal import Logging
internal import ServiceLifecycle
internal import Storage
internal import UnixSignals

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer over HTTP until SIGTERM or SIGINT; then finish what was begun and record what was accepted.")

    @OptionGroup var options: FolderOptions

    @OptionGroup(title: "Settings page") var pages: DashboardOptions

    @OptionGroup(title: "Gateways") var gateways: GatewayOptions

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 for any free one.")
    var port = 8080

    @Option(
        help: ArgumentHelp(
            "Also answer here, all that --port answers; may come several times.", valueName: "host:port|unix:path"))
    var listen: [ListenAddress] = []

    @Option(
        help: ArgumentHelp(
            "Who may connect to the Unix sockets of --listen: their owner, its group, others, as for chmod; to write is to connect.",
            valueName: "mode"))
    var socketMode = FileMode.socket

    @Option(
        help:
            "durable: a use is on disk before its caller is answered. buffered: at once. aggregated: at once, one record a key and window.")
    var record: RecordMode = .durable

    @Option(name: .customLong("window"), help: "The window of --record aggregated, in seconds.")
    var windowSeconds: Int64 = 10

    @Option(
        name: .customLong("checkpoint-every"),
        help:
            "Sign a checkpoint of the log that often, in seconds, where it has grown; at the start and at the end in any case. 0: only then."
    )
    var checkpointSeconds: Int64 = 600

    @Flag(help: "Show checkpoints and the hashes of the log's tree to anyone, under /log/. Records need a key with log.read.")
    var publicLog = false

    @Option(
        help: ArgumentHelp(
            """
            How many connections may be open at once; where there are more, idle ones are closed. With --auth-listen a quarter of them \
            is kept for gateways. Default: as many as the limit of open files leaves (ulimit -n, less \(DescriptorBudget.reserve) for \
            files), up to \(DescriptorBudget.defaultMaxConnections).
            """, valueName: "number"))
    var maxConnections: Int?

    @Option(help: "The least that is written to standard error; debug names every call.")
    var logLevel: LogLevel = .warning

    enum RecordMode: String, ExpressibleByArgument, CaseIterable {
        case durable, buffered, aggregated
    }

    enum LogLevel: String, ExpressibleByArgument, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    func run() async throws {
        guard (0...65_535).contains(port) else {
            throw UsageError("There is no port \(port); ports go from 1 to 65535, and 0 takes any free one.")
        }
        for address in listen { try BindErrors.checkFree(address, "--listen") }
        if let address = gateways.authListen { try BindErrors.checkFree(address, "--auth-listen") }
        guard (1...3600).contains(windowSeconds) else { throw UsageError("--window takes 1 to 3600 seconds.") }
        guard (0...86_400).contains(checkpointSeconds) else { throw UsageError("--checkpoint-every takes 1 to 86400 seconds, or 0.") }
        let recording: UseRecording =
            switch record {
            case .durable: .durable
            case .buffered: .buffered
            case .aggregated: .aggregated(window: .seconds(windowSeconds))
            }
        let connections = try maxConnections(DescriptorBudget.raised())
        let gatewayConnections = gateways.authListen == nil ? 0 : connections / 4
        var logger = Logger(label: "keyledger") { RepetitionLimiter(StreamLogHandler.standardError(label: $0)) }
        logger.logLevel = Logger.Level(rawValue: logLevel.rawValue) ?? .warning
        let log = logger
        // The service must not end when a terminal is closed, or when a supervisor asks it to reload settings, of which there
        // are none.
        signal(SIGHUP, SIG_IGN)
        let checkpointInterval = Duration.seconds(checkpointSeconds == 0 ? .max : checkpointSeconds)
        let ledgerOptions = Ledger.Options(
            recording: recording, checkpointInterval: checkpointInterval, report: { log.error("\($0)") }, notice: { log.warning("\($0)") })
        try await options.withLedger(ledgerOptions) { ledger in
            let forwardAuth = try gateways.settings()
            let router = buildRouter(
                ledger: ledger, forwardAuth: forwardAuth,
                eventStreams: EventStreamSettings(maxConnections: connections - gatewayConnections), isLogPublic: publicLog,
                pages: Dashboard.root)
            var pageSettings = try pages.settings()
            pageSettings.trustedProxies = forwardAuth.trustedProxies
            let dashboard = try await Dashboard(ledger: ledger, settings: pageSettings)
            dashboard.addRoutes(to: router)
            // Numbered from 0: the main listener, those of --listen, and that of gateways.
            let announcement = AddressAnnouncement(listeners: 1 + listen.count + (gateways.authListen == nil ? 0 : 1), log)
            let application = buildApplication(
                router, direct: .service(ledger, forwardAuth), host: host, port: port,
                limits: ConnectionLimits(maxConnections: connections - gatewayConnections), logger: log
            ) { host, port in
                let shown = host.contains(":") ? "[\(host)]" : host
                var lines = ["Keyledger answers on http://\(shown):\(port)"]
                if pages.signInLink {
                    lines.append("Sign in to the settings page with this link, once, within 15 minutes:")
                    lines.append("    \(pages.publicURL ?? "http://\(shown):\(port)")\(dashboard.makeSignInLink())")
                }
                announcement.note(lines, of: 0)
            }
            var services: [any Service] = [
                Listener(application: application) { error in BindErrors.words(for: error, host: host, port: port) }
            ]
            for (index, address) in listen.enumerated() {
                services.append(
                    listener(
                        router, .service(ledger, forwardAuth), at: address, "--listen", socketMode,
                        ConnectionLimits(maxConnections: connections - gatewayConnections), log
                    ) { announcement.note(["Keyledger answers on \($0)"], of: 1 + index) })
            }
            if let address = gateways.authListen {
                let number = 1 + listen.count
                services.append(
                    gatewayListener(at: address, ConnectionLimits(maxConnections: gatewayConnections), ledger, forwardAuth, log) {
                        announcement.note(["Gateways are answered on \($0)"], of: number)
                    })
            }
            try await ServiceGroup(
                configuration: .init(
                    services: [.init(service: MaintenanceService(ledger: ledger))]
                        + services.map { .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup) },
                    gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
            ).run()
        }
    }

    /// The minimum number of connections. It leaves room for connections that are accepted before others are closed, and for the
    /// listener of gateways, which gets a quarter of them.
    private static let minConnections = 16

    private func maxConnections(_ descriptors: DescriptorBudget) throws -> Int {
        let possible = descriptors.maxConnections
        guard possible >= Self.minConnections else {
            throw UsageError(
                "This process may have \(descriptors.limit) files open, and needs \(DescriptorBudget.reserve + Self.minConnections) at "
                    + "least; raise its limit, as with: ulimit -n 4096")
        }
        guard let maxConnections else { return descriptors.defaultConnections }
        guard (Self.minConnections...possible).contains(maxConnections) else {
            throw UsageError(
                "--max-connections takes \(Self.minConnections) to \(possible): this process may have \(descriptors.limit) files open "
                    + "(ulimit -n), of which \(DescriptorBudget.reserve) are kept for files.")
        }
        return maxConnections
    }

    private func gatewayListener(
        at address: ListenAddress, _ limits: ConnectionLimits, _ ledger: Ledger, _ settings: ForwardAuthSettings, _ log: Logger,
        announce: @escaping @Sendable (_ address: String) -> Void
    ) -> any Service {
        if !address.isLocal {
            log.warning("--auth-listen is not on this host alone: whoever can connect to it can ask about keys, and have uses counted")
        }
        return listener(
            buildAuthRouter(ledger: ledger, settings: settings), .gateways(ledger, settings), at: address, "--auth-listen",
            gateways.authSocketMode, limits, log, announce: announce)
    }

    /// Makes a listener. `option` is the command-line option with the address, and `mode` the mode of its socket. `announce` is called
    /// with the address as people read it, when the listener is bound.
    private func listener(
        _ router: Router<ServiceContext>, _ direct: FastPathRoutes, at address: ListenAddress, _ option: String, _ mode: FileMode,
        _ limits: ConnectionLimits, _ log: Logger, announce: @escaping @Sendable (_ address: String) -> Void
    ) -> any Service {
        let application = buildApplication(router, direct: direct, address: address.bind, limits: limits, logger: log) { port in
            // The socket was made for its owner alone, whatever the umask was; see `Main`.
            if case .socket(let path) = address, unsafe chmod(path, mode.bits) != 0 {
                log.error("the mode of the socket \(Terminal.sanitized(path)) cannot be set: \(unsafe String(cString: strerror(errno)))")
            }
            announce(address.shown(port: port))
        }
        return Listener(application: application) { error in BindErrors.words(for: error, at: address, option) }
    }
}

/// An application that explains in words why it cannot listen.
private struct Listener<Application: ApplicationProtocol>: Service {
    let application: Application
    let words: @Sendable (any Error) -> (any Error)?

    func run() async throws {
        do {
            try await application.run()
        } catch {
            throw words(error) ?? error
        }
    }
}

/// The service that maintains the ledger in the background, until the process stops.
private struct MaintenanceService: Service {
    let ledger: Ledger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            async let warm: Void = warmUp()
            await ledger.maintenance.run()
            await warm
        }
    }

    /// Reads the names of all keys, so that the first user of the settings page does not have to wait for it.
    private func warmUp() async {
        _ = try? await WorkThread.result("ledger-warm-up", niceness: Lanes.niceness) {
            _ = try ledger.keys.findKeys(KeySearch(limit: 0), for: .commandLine)
        }
    }
}
