internal import HTTPTypes
internal import Hummingbird
internal import LedgerAPI
internal import NIOCore

extension AuthAnswer {
    var response: Response {
        Response(
            status: .init(registered: status), headers: HTTPFields(headers),
            body: body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
