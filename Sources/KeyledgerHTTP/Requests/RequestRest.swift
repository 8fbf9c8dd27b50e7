internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The body of the last request of a connection. Whoever still sends when the answer has been written must be read on, for as
/// long as is bearable: who only writes would else wait for a reader, and never come to read the answer. Before other requests
/// the server does so itself.
final class RequestRest: AsyncSequence, @unchecked Sendable {
    /// In bytes. Beyond, the connection is left to its timeout.
    private static let bearable = 256 << 20

    // Of one task at a time: the endpoint's, then the writer of the answer, which runs after it.
    private var iterator: RequestBody.AsyncIterator

    /// `nil` where the server reads on by itself.
    init?(_ request: Request) {
        guard Self.isLast(request) else { return nil }
        iterator = request.body.makeAsyncIterator()
    }

    /// The header may name more than one thing, in any case.
    private static func isLast(_ request: Request) -> Bool {
        (request.headers[.connection] ?? "").lowercased().split { $0 == "," || $0 == " " || $0 == "\t" }.contains("close")
    }

    func makeAsyncIterator() -> Iterator { Iterator(rest: self) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let rest: RequestRest

        func next() async throws -> ByteBuffer? { try await rest.iterator.next() }
    }

    /// The same answer; when it is written, what is left of the request is read and thrown away.
    func following(_ response: Response) -> Response {
        var response = response
        let body = response.body
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            try await body.write(writer)
            var count = 0
            while count < Self.bearable, let piece = try await self.iterator.next() { count += piece.readableBytes }
        }
        return response
    }
}
