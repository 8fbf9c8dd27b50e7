// swift-tools-version: 6.2
import PackageDescription

/// One list of compiler settings for every target.
let settings: [SwiftSetting] = [
    // Data races are compile errors: several threads and processes share one ledger.
    .swiftLanguageMode(.v6),
    // Every use of an unsafe construct is spelled `unsafe`: LMDB lends raw memory.
    .strictMemorySafety(),
    // A warning nobody mends hides the next one.
    .treatAllWarnings(as: .error),
    // A C type or a library type that leaks into an interface is an error.
    .enableUpcomingFeature("InternalImportsByDefault"),
    // `any P` is spelled, so dynamic dispatch is seen.
    .enableUpcomingFeature("ExistentialAny"),
    // A member is visible only where its module is imported.
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Values lent out of a transaction carry its lifetime; only the declaring target needs the feature.
let lifetimes: SwiftSetting = .enableExperimentalFeature("Lifetimes")

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let algorithms: Target.Dependency = .product(name: "Algorithms", package: "swift-algorithms")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")

let package = Package(
    name: "keyledger",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "keyledger", targets: ["keyledger"]),
        .library(name: "Validation", targets: ["Validation"]),
        .library(name: "Ledger", targets: ["Ledger", "LedgerQueries", "LedgerAudit", "LedgerAPI"]),
        .library(name: "KeyledgerClient", targets: ["KeyledgerClient"]),
        .library(name: "KeyledgerInProcess", targets: ["KeyledgerInProcess"]),
        .executable(name: "listings-api", targets: ["ListingsAPI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-algorithms", from: "1.2.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        // The server's pipeline is put together out of these and of Hummingbird: a new minor version is taken on by hand, with its tests.
        .package(url: "https://github.com/apple/swift-nio", .upToNextMinor(from: "2.101.2")),
        .package(url: "https://github.com/apple/swift-nio-extras", .upToNextMinor(from: "1.35.2")),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", .upToNextMinor(from: "2.28.1")),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
        .target(name: "Bytes", swiftSettings: settings),
        .target(name: "Storage", dependencies: ["CLMDB", "Bytes"], swiftSettings: settings + [lifetimes]),
        .target(name: "KeyEvents", dependencies: ["Bytes", protobuf, crypto], swiftSettings: settings),
        .target(name: "EventLog", dependencies: ["Bytes", "Storage", "KeyEvents", crypto], swiftSettings: settings + [lifetimes]),
        .target(name: "Projections", dependencies: ["Bytes", "Storage", "KeyEvents", "EventLog"], swiftSettings: settings + [lifetimes]),
        .target(name: "Validation", dependencies: ["Bytes", "Storage", "KeyEvents", "Projections"], swiftSettings: settings),
        .target(
            name: "Ledger",
            dependencies: ["Bytes", "Storage", "KeyEvents", "EventLog", "Projections", "Validation", crypto, algorithms],
            swiftSettings: settings),
        .target(
            name: "LedgerQueries",
            dependencies: ["Bytes", "Storage", "KeyEvents", "EventLog", "Projections", "Validation", "Ledger", algorithms],
            swiftSettings: settings),
        .target(
            name: "LedgerAudit",
            dependencies: ["Bytes", "Storage", "KeyEvents", "EventLog", "Projections", "Validation", "Ledger", "LedgerQueries", crypto],
            swiftSettings: settings),
        .target(
            name: "LedgerAPI",
            dependencies: [
                "Bytes", "Storage", "KeyEvents", "EventLog", "Projections", "Validation", "Ledger", "LedgerQueries", "LedgerAudit",
            ],
            swiftSettings: settings),
        .target(
            name: "HTTPConnections",
            dependencies: [
                "Bytes", logging,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
            ],
            swiftSettings: settings),
        .target(
            name: "KeyledgerHTTP",
            dependencies: [
                "Bytes", "HTTPConnections", "KeyEvents", "EventLog", "Projections", "Validation", "Ledger", "LedgerQueries", "LedgerAudit",
                "LedgerAPI",
                hummingbird, logging,
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .target(
            name: "Dashboard",
            dependencies: [
                "Bytes", "HTTPConnections", "KeyEvents", "Projections", "Validation", "Ledger", "LedgerQueries", "LedgerAPI",
                "KeyledgerHTTP",
                hummingbird,
                logging, crypto,
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            // In the program itself (EmbedFiles): it runs from wherever it is copied to.
            exclude: ["Pages", "Assets"],
            swiftSettings: settings,
            plugins: ["EmbedFiles"]),
        .target(
            name: "KeyledgerClient",
            dependencies: [
                "Bytes", hummingbird, logging, httpClient,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .target(
            name: "KeyledgerInProcess",
            dependencies: [
                "KeyledgerClient", "KeyEvents", "Validation", "Ledger", "LedgerAPI",
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "ListingsAPI",
            dependencies: [
                "HTTPConnections", "KeyledgerClient", hummingbird, logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            exclude: ["Assets"],
            swiftSettings: settings,
            plugins: ["EmbedFiles"]),
        .executableTarget(
            name: "keyledger",
            dependencies: [
                "Bytes", "Storage", "KeyEvents", "EventLog", "Projections", "Validation", "Ledger", "LedgerQueries", "LedgerAudit",
                "LedgerAPI",
                "HTTPConnections", "KeyledgerHTTP", "Dashboard", hummingbird, logging, subprocess,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),

        // Builds files into a program while it is compiled.
        .executableTarget(name: "embed-files", path: "Plugins/embed-files", swiftSettings: settings),
        .plugin(name: "EmbedFiles", capability: .buildTool(), dependencies: ["embed-files"], path: "Plugins/EmbedFiles"),

        // What tests of all targets share: values of chance, folders, rows, threads, other processes, and, since all run in one process,
        // its descriptors.
        .target(name: "TestSupport", dependencies: ["Storage", logging], path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(
            name: "TestSupportTests", dependencies: ["TestSupport", "Ledger", "KeyEvents"],
            swiftSettings: settings),
        .testTarget(name: "BytesTests", dependencies: ["TestSupport", "Bytes"], swiftSettings: settings),
        .testTarget(name: "StorageTests", dependencies: ["TestSupport", "Storage", "Bytes"], swiftSettings: settings + [lifetimes]),
        .testTarget(
            name: "KeyEventsTests", dependencies: ["TestSupport", "Bytes", "KeyEvents", protobuf, crypto], swiftSettings: settings),
        // Logs and events to test with, below the service that writes them.
        .target(
            name: "LogTestSupport", dependencies: ["TestSupport", "EventLog", "Storage", "KeyEvents", "Bytes", crypto],
            path: "Tests/LogTestSupport", swiftSettings: settings),
        // The published descriptions, and whether services keep to them.
        .target(
            name: "APITestSupport",
            dependencies: [
                "TestSupport", "LedgerAPI", "KeyEvents", hummingbird,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ],
            path: "Tests/APITestSupport", swiftSettings: settings),
        .testTarget(
            name: "EventLogTests", dependencies: ["TestSupport", "LogTestSupport", "EventLog", "Storage", "KeyEvents", "Bytes", crypto],
            swiftSettings: settings),
        .testTarget(
            name: "ProjectionsTests", dependencies: ["TestSupport", "Projections", "EventLog", "Storage", "KeyEvents", "Bytes", crypto],
            swiftSettings: settings),
        .testTarget(
            name: "ValidationTests",
            dependencies: [
                "TestSupport", "Validation", "Projections", "KeyEvents", "Storage", "Bytes",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "LedgerTests",
            dependencies: [
                "TestSupport", "Ledger", "LedgerQueries", "LedgerAudit", "LedgerAPI", "Validation", "Projections", "EventLog", "KeyEvents",
                "Storage",
                "Bytes", crypto,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "LedgerAuditTests",
            dependencies: [
                "TestSupport", "LogTestSupport", "LedgerAudit", "LedgerQueries", "Ledger", "EventLog", "KeyEvents", "Storage", "Bytes",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "HTTPConnectionsTests",
            dependencies: [
                "TestSupport", "HTTPConnections", hummingbird, logging, .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "KeyledgerHTTPTests",
            dependencies: [
                "TestSupport", "APITestSupport", "HTTPConnections", "KeyledgerHTTP", "Ledger", "LedgerQueries", "LedgerAudit", "LedgerAPI",
                "KeyEvents", "Validation",
                "Projections", "EventLog",
                "Storage", "Bytes",
                hummingbird, logging,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                httpClient,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "DashboardTests",
            dependencies: [
                "TestSupport", "Dashboard", "KeyledgerHTTP", "Ledger", "LedgerQueries", "LedgerAPI",
                "KeyEvents",
                "Validation", "Projections",
                "Bytes", hummingbird, logging, crypto,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "KeyledgerClientTests",
            dependencies: [
                "TestSupport", "KeyledgerClient", "KeyledgerInProcess", "KeyledgerHTTP", "Ledger", "LedgerQueries",
                "LedgerAPI",
                "KeyEvents", "Bytes", hummingbird,
                logging, .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "ListingsAPITests",
            dependencies: [
                "TestSupport", "APITestSupport", "HTTPConnections", "ListingsAPI", "KeyledgerClient", hummingbird, logging,
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "KeyledgerTests",
            dependencies: [
                "TestSupport", "keyledger", "Bytes", "Dashboard", "KeyEvents", "Ledger", "LedgerQueries", "LedgerAPI",
            ],
            swiftSettings: settings),
    ]
)
