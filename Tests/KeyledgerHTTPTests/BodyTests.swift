import Hummingbird
import NIOCore
import Testing

@testable import KeyledgerHTTP

@Suite("Reading bodies")
struct BodyTests {
    private static func body(_ pieces: [String]) -> RequestBody {
        RequestBody(
            asyncSequence: AsyncStream { continuation in
                for piece in pieces { continuation.yield(ByteBuffer(string: piece)) }
                continuation.finish()
            })
    }

    @Test("In whatever pieces it comes", arguments: [[], ["{}"], ["{", "", "\"a\"", ":1}"]])
    func inPieces(_ pieces: [String]) async throws {
        let whole = pieces.joined()
        let bytes = try await BodyCollector.collect(Self.body(pieces), upTo: whole.utf8.count) { false }
        #expect(String(buffer: bytes) == whole)
        guard !whole.isEmpty else { return }
        let problem = await #expect(throws: Problem.self) {
            _ = try await BodyCollector.collect(Self.body(pieces), upTo: whole.utf8.count - 1) { false }
        }
        #expect(problem?.code == .contentTooLarge)
    }

    /// One that never ends is given up as soon as it is late.
    @Test("One that trickles in is given up")
    func trickling() async throws {
        let endless = AsyncStream<ByteBuffer> { ByteBuffer(string: " ") }
        var pieces = 0
        let error = await #expect(throws: UnreadableBody.self) {
            _ = try await BodyCollector.collect(RequestBody(asyncSequence: endless), upTo: 1000) {
                pieces += 1
                return pieces > 5
            }
        }
        #expect((error?.cause as? HTTPError)?.status == .requestTimeout)
        #expect(pieces == 6)
    }
}
