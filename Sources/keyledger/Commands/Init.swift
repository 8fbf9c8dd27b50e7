internal import ArgumentParser
internal import Bytes
internal import Foundation
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a ledger and its first key, an admin key that is shown once.",
        discussion: "Interrupted before it has shown the key, it is simply run again. Until then there is no ledger.")

    @OptionGroup var options: DataOptions

    @Option(help: "What the keys begin with: 1 to 16 lowercase letters or digits, the first a letter.")
    var prefix = "lhql"

    @Option(help: "Write the admin key to this file, mode 0600, instead of showing it. The file must not exist.")
    var secretOut: String?

    @Flag(help: "Make no key: the local command line can make one later (keys create --permission admin).")
    var noAdminKey = false

    @Flag(help: "Exit 1, and say nothing, where there is a ledger already.")
    var ifMissing = false

    private struct Answer: Encodable {
        struct AdminKey: Encodable {
            enum CodingKeys: String, CodingKey {
                case id, secret
            }

            let id: String
            let secret: String?

            func encode(to encoder: any Encoder) throws {
                var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
                try fields.set(.id, id)
                try fields.set(.secret, secret)
            }
        }

        enum CodingKeys: String, CodingKey {
            case adminKey
        }

        let adminKey: AdminKey?

        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.adminKey, adminKey)
        }
    }

    func run() async throws {
        if noAdminKey, secretOut != nil { throw UsageError("--secret-out is for the admin key; --no-admin-key makes none.") }
        let folder = try options.folder
        try checkPlace(folder.path)
        if try folder.holdsWholeLedger() {
            if let secretOut { try? NewFile.removeLeftover(at: secretOut, keepsFile: true) }
            if ifMissing { throw ExitCode(ExitStatus.no) }
            throw LedgerError.ledgerExists(path: folder.path)
        }
        // The file is created before the secret exists: a secret that could not be stored would be lost.
        let file = try secretOut.map { try NewFile($0, refusal: "nothing was changed.") }
        let making = try Ledger.begin(at: folder, prefix: prefix)
        defer { making.ledger.close() }
        let answer = try await answer(making.ledger, folder, file)
        // The answer is written before the ledger counts as made: when this is interrupted, there is no ledger whose admin key
        // nobody has seen.
        let loss =
            "so the ledger in \(folder.path) was not made to its end, and no key of it can be used. Run init again; with --secret-out FILE the admin"
            + " key goes to a file."
        do throws(OutputError) { try Terminal.writeResult(answer, ifLost: loss) } catch let lost {
            throw Unavailable(words: "the answer could not be written (\(lost.problem)), \(loss)")
        }
        try making.finish()
        file?.finish()
    }

    /// Makes the admin key, and returns the text to print.
    private func answer(_ ledger: Ledger, _ folder: DataFolder, _ file: NewFile?) async throws -> String {
        if noAdminKey {
            return options.json
                ? try JSON.string(Answer(adminKey: nil))
                : "The ledger is in \(folder.path). It has no key yet; make one with: keyledger keys create --data \(folder.path) --name NAME"
        }
        let (outcome, secret) = try await ledger.commands.createKey(
            CreateKey(name: "Admin key", permissions: Permission.allCases), by: .localUser)
        guard let secret else { throw Unavailable(words: "the admin key was not made; run init again") }
        let id = outcome.key.state.id.description
        if let file {
            let problem = Terminal.write(Array((secret.reveal() + "\n").utf8)[...], to: file.descriptor) ?? file.publish()
            if let problem {
                throw Unavailable(
                    words:
                        "\(Terminal.sanitized(file.path)) could not be written (\(NewFile.words(problem))), so no ledger was made; run init again"
                )
            }
        }
        if options.json { return try JSON.string(Answer(adminKey: .init(id: id, secret: file == nil ? secret.reveal() : nil))) }
        if let file { return "The ledger is in \(folder.path). Its admin key \(id) is in \(file.path)." }
        return "The ledger is in \(folder.path). Its admin key \(id), shown this once:\n\n    \(secret.reveal())\n"
    }

    /// Throws a plain message when the folder cannot be made at this path.
    private func checkPlace(_ path: String) throws {
        switch Self.status(path) {
        case .folder: return
        case .other: throw UsageError("\(path) is a file; --data takes a folder.")
        case .unreachable(ENOENT): break
        case .unreachable(ENOTDIR): throw UsageError("\(path) lies below a file; --data takes a folder in a folder.")
        case .unreachable(let problem): throw UsageError("\(path) cannot be reached (\(unsafe String(cString: strerror(problem)))).")
        }
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard case .unreachable = Self.status(parent) else { return }
        throw UsageError("The ledger's folder is made in \(parent), which does not exist: make that first, or mend --data.")
    }

    private enum Status {
        case folder, other
        case unreachable(Int32)
    }

    private static func status(_ path: String) -> Status {
        if unsafe access(path + "/.", F_OK) == 0 { return .folder }
        let isNoFolder = errno == ENOTDIR
        // A path that exists and is not a file is a folder that this user may not search.
        if unsafe access(path, F_OK) == 0 { return isNoFolder ? .other : .folder }
        return .unreachable(errno)
    }
}
