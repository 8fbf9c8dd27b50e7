import Logging
import TestSupport
import Testing

@testable import HTTPConnections

@Suite("Lines that repeat themselves", .holdsLedgers, .serialized)
struct RepetitionLimiterTests {
    private static func logger(_ capture: LogCapture, pause: Duration) -> Logger {
        let logger = capture.quietLogger
        return Logger(label: "test") { _ in RepetitionLimiter(logger.handler, pause: pause) }
    }

    /// How often the line came, by what was written.
    private static func times(_ capture: LogCapture) -> Int {
        capture.lines.filter { $0.contains("one key") }
            .map { line in line.firstMatch(of: /\((\d+) more times\)/).flatMap { Int($0.1) } ?? 1 }.reduce(0, +)
    }

    @Test("are written once, and then how often they came")
    func repetitions() async throws {
        let capture = LogCapture()
        let logger = Self.logger(capture, pause: .milliseconds(300))
        for number in 0..<5000 {
            var logger = logger
            logger[metadataKey: "hb.request.id"] = "\(number)"
            logger.error("The gateway has to send one key.")
        }
        logger.error("Another line.")
        // All are accounted for, in few lines; on a loaded machine they may take longer than the pause.
        #expect(try await eventually { Self.times(capture) == 5000 })
        #expect(capture.lines[0].hasPrefix("error The gateway has to send one key. "))
        #expect(capture.lines.count < 100)
        #expect(capture.lines.contains { $0.hasPrefix("error Another line.") })
        // What has stopped is new when it comes again.
        try await Task.sleep(for: .seconds(1))
        let before = capture.lines.count
        logger.error("Another line.")
        #expect(capture.lines.count == before + 1)
    }

    @Test("Different ones are bounded too, and the number of those left out is said")
    func others() async throws {
        let capture = LogCapture()
        let logger = Self.logger(capture, pause: .seconds(2))
        for number in 0..<5000 { logger.error("stream at position \(number)") }
        #expect(capture.lines.count <= 300)
        #expect(try await eventually { capture.lines.contains { $0.contains("other lines were left out") } })
    }

    @Test("Whoever asks for every line has every line")
    func debugLines() {
        let capture = LogCapture()
        let logger = Logger(label: "test") { _ in RepetitionLimiter(capture.logger.handler) }
        for _ in 0..<50 { logger.debug("GET /healthz 200") }
        #expect(capture.lines.count == 50)
    }

    private func eventually(_ condition: @Sendable () -> Bool) async throws -> Bool { try await TestServer.eventually(condition) }
}
