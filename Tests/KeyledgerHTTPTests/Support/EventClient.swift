import APITestSupport
import Foundation
import TestSupport
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

/// A client of server-sent events on a socket of its own. Its calls block.
final class EventClient: @unchecked Sendable {
    struct Block: Equatable {
        var id: UInt64?
        var event: String?
        var data: String?

        var json: JSONValue { data.flatMap { try? JSONValue(parsing: $0) } ?? .null }
    }

    struct CutOff: Error {}

    private let connection: SocketConnection
    private var received: [UInt8] = []
    private var body: [UInt8] = []
    private var hasEnded = false
    /// Everything before the body; empty where nothing came.
    private(set) var head = ""

    /// Sends the request, and reads the head of the answer.
    init(port: Int, _ path: String, secret: String, lastEventID: UInt64? = nil, receiveBuffer: Int32? = nil) throws {
        connection = try SocketConnection(port: port, timeout: 120, receiveBuffer: receiveBuffer)
        let resuming = lastEventID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        let request =
            "GET \(path) HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer \(secret)\r\n\(resuming)\r\n"
        try #require(connection.send(request))
        while head.isEmpty {
            if let end = received.firstRange(of: Array("\r\n\r\n".utf8)) {
                head = String(decoding: received[..<end.lowerBound], as: UTF8.self)
                received.removeSubrange(..<end.upperBound)
            } else if !receive() {
                break
            }
        }
    }

    var status: Int { Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0 }

    /// Closes the connection, whatever is still to come.
    func leave() { connection.leave() }

    /// The next block; `nil` at the end of the stream. Throws where the connection broke before it.
    func next() throws -> Block? {
        while true {
            if let end = body.firstRange(of: [10, 10]) {
                let text = String(decoding: body[..<end.lowerBound], as: UTF8.self)
                body.removeSubrange(..<end.upperBound)
                return Self.block(text)
            }
            if hasEnded { return nil }
            if !takeChunk(), !receive() { throw CutOff() }
        }
    }

    /// The next block that says more than that the connection lives.
    func nextEvent() throws -> Block? {
        while let block = try next() { if block.data != nil { return block } }
        return nil
    }

    /// What is left of an answer that is no stream.
    func rest() -> String {
        let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
        while received.count < length ?? 0, receive() {}
        return String(decoding: received, as: UTF8.self)
    }

    /// What comes back for one more request, the last of the connection.
    func ask(_ request: String) -> String {
        connection.send(request)
        while receive() {}
        return String(decoding: received, as: UTF8.self)
    }

    private static func block(_ text: String) -> Block {
        var block = Block()
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("id: ") { block.id = UInt64(line.dropFirst(4)) }
            if line.hasPrefix("event: ") { block.event = String(line.dropFirst(7)) }
            if line.hasPrefix("data: ") { block.data = (block.data.map { $0 + "\n" } ?? "") + line.dropFirst(6) }
        }
        return block
    }

    /// Whether a whole chunk was there.
    private func takeChunk() -> Bool {
        guard let end = received.firstRange(of: [13, 10]),
            let size = Int(String(decoding: received[..<end.lowerBound], as: UTF8.self), radix: 16),
            received.count >= end.upperBound + size + 2
        else { return false }
        body += received[end.upperBound..<end.upperBound + size]
        received.removeSubrange(..<(end.upperBound + size + 2))
        hasEnded = size == 0
        return true
    }

    private func receive() -> Bool {
        let more = connection.receiveSome()
        received += more
        return !more.isEmpty
    }
}
