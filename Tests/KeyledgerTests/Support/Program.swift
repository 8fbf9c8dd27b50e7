import Foundation
import TestSupport

/// The built program, run as its user would.
struct Program {
    struct Result {
        let code: Int32
        let output: String
        let error: String

        var json: Any? { try? JSONSerialization.jsonObject(with: Data(output.utf8)) }
        var object: [String: Any] { json as? [String: Any] ?? [:] }
        var objects: [[String: Any]] { json as? [[String: Any]] ?? [] }
        /// One object a line.
        var lines: [[String: Any]] {
            output.split(separator: "\n").compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
        }
    }

    static let path = BuiltProgram.path("keyledger")

    @discardableResult
    static func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:], through wrapper: [String] = []
    ) throws -> Result {
        let result = try ChildProcess.run(
            wrapper + [path] + arguments, input: input, environment: ["KEYLEDGER_DATA": nil].merging(environment) { $1 })
        return Result(
            code: result.code, output: String(decoding: result.output, as: UTF8.self),
            error: String(decoding: result.error, as: UTF8.self))
    }
}

/// A ledger in a folder of its own that goes with the value.
final class TemporaryLedger: Sendable {
    let path: String
    let adminSecret: String
    let adminID: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("keyledger-test-\(UUID().uuidString)").path
        let key = try Program.run(["init", "--data", path, "--json"]).object["adminKey"] as? [String: Any]
        adminSecret = key?["secret"] as? String ?? ""
        adminID = key?["id"] as? String ?? ""
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func run(_ arguments: String..., input: String = "", through wrapper: [String] = []) throws -> Program.Result {
        try Program.run(arguments + ["--data", path], input: input, through: wrapper)
    }

    /// A new key's id and secret.
    func key(_ arguments: String..., name: String = "a key") throws -> (id: String, secret: String) {
        let object = try Program.run(["keys", "create", "--data", path, "--name", name, "--json"] + arguments).object
        return (object["id"] as? String ?? "", object["secret"] as? String ?? "")
    }

    func verify(_ secret: String, _ arguments: String...) throws -> Program.Result {
        try Program.run(["verify", "--data", path, "--json"] + arguments, input: secret + "\n")
    }

    var events: [[String: Any]] {
        get throws { try run("log", "show", "--json").lines }
    }

    /// Everything in the folder, for seeing that nothing changed.
    var contents: [String: Data] {
        var contents: [String: Data] = [:]
        for name in FileManager.default.enumerator(atPath: path)?.compactMap({ $0 as? String }) ?? []
        where name.hasSuffix("data.mdb") || name.hasPrefix("vault/") {
            // Opening may take room in advance: zeros at the end.
            var data = FileManager.default.contents(atPath: path + "/" + name) ?? Data()
            data = data.prefix((data.lastIndex { $0 != 0 } ?? -1) + 1)
            contents[name] = data
        }
        return contents
    }
}
