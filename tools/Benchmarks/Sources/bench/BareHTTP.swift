internal import ArgumentParser
internal import Hummingbird
internal import Logging

/// What a service on the same server costs that does nothing: reads a small body and gives a fixed answer.
struct BareHTTP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bare-http", abstract: "Serves a fixed answer of the size of a verdict, until stopped.")

    @Option(help: "On 127.0.0.1.")
    var port: Int

    private static let answer =
        #"{"valid":true,"code":"VALID","message":"The key is valid.","position":1234567,"keyId":"key_01a206a569c87fea86c4ed2c884d3150","#
        + #""accountId":"agency-17","name":null,"scopes":["listings:read"],"environment":"live","expiresAt":null,"metadata":{}}"#

    func run() async throws {
        let router = Router()
        @Sendable func answer(_ request: Request) -> Response {
            Response(
                status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: Self.answer)))
        }
        router.post("/v1/verify") { request, _ in
            _ = try await request.body.collect(upTo: 65_536)
            return answer(request)
        }
        router.get("/v1/auth") { request, _ in answer(request) }
        var logger = Logger(label: "bare")
        logger.logLevel = .warning
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)), logger: logger)
        try await application.runService()
    }
}
