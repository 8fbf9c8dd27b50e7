internal import ArgumentParser
internal import Foundation
internal import KeyEvents
internal import KeyService
internal import KeyledgerHTTP

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a ledger and its first key, an admin key that is shown once.")

    @OptionGroup var options: DataOptions

    @Option(help: "What the keys begin with: 1 to 16 lowercase letters or digits, the first a letter.")
    var prefix = "lhql"

    @Option(help: "Write the admin key to this file, mode 0600, instead of showing it. The file must not exist.")
    var secretOut: String?

    @Flag(help: "Make no key: the local command line can make one later (keys create --permission admin).")
    var noAdminKey = false

    private struct Answer: Encodable {
        struct AdminKey: Encodable {
            enum CodingKeys: String, CodingKey {
                case id, secret
            }

            let id: String
            let secret: String?

            func encode(to encoder: any Encoder) throws {
                var fields = JSONFields(encoder, CodingKeys.self)
                try fields.set(.id, id)
                try fields.set(.secret, secret)
            }
        }

        enum CodingKeys: String, CodingKey {
            case adminKey
        }

        let adminKey: AdminKey?

        func encode(to encoder: any Encoder) throws {
            var fields = JSONFields(encoder, CodingKeys.self)
            try fields.set(.adminKey, adminKey)
        }
    }

    func run() async throws {
        if noAdminKey, secretOut != nil { throw WrongUse("--secret-out is for the admin key; --no-admin-key makes none.") }
        let folder = try options.folder
        try checkPlace(folder.path)
        if folder.holdsLedger, (try? Ledger.open(folder)) != nil { throw LedgerError.ledgerExists(path: folder.path) }
        let file = try secretOut.map { try SecretFile(path: $0) }
        let ledger: Ledger
        do {
            ledger = try Ledger.create(at: folder, prefix: prefix)
        } catch {
            file?.remove()
            throw error
        }
        defer { ledger.close() }
        if noAdminKey {
            let words =
                "The ledger is in \(folder.path). It has no key yet; make one with: keyledger keys create --data \(folder.path) --name NAME"
            return try Terminal.answer(options.json ? Document.text(Answer(adminKey: nil)) : words, ifLost: words)
        }
        let (outcome, secret) = try await ledger.createKey(
            CreateKey(name: "Admin key", permissions: Permission.allCases), by: .commandLine)
        guard let secret else { return }
        try file?.write(secret)
        let id = outcome.key.state.id.description
        let place = secretOut.map { "The ledger is in \(folder.path). Its admin key \(id) is in \($0)." }
        let loss =
            place
            ?? "The ledger is in \(folder.path); the secret of its admin key \(id) is lost. Make another with: keyledger keys create"
            + " --data \(folder.path) --name NAME --permission admin, and then revoke the lost one."
        if options.json {
            let answer = Answer(adminKey: .init(id: id, secret: secretOut == nil ? secret.reveal() : nil))
            try Terminal.answer(Document.text(answer), ifLost: loss)
        } else {
            let words = place ?? "The ledger is in \(folder.path). Its admin key \(id), shown this once:\n\n    \(secret.reveal())\n"
            try Terminal.answer(words, ifLost: loss)
        }
    }

    /// Says plainly why a folder cannot be made where it is asked for.
    private func checkPlace(_ path: String) throws {
        switch Self.status(path) {
        case .folder: return
        case .other: throw WrongUse("\(path) is a file; --data takes a folder.")
        case .unreachable(ENOENT): break
        case .unreachable(ENOTDIR): throw WrongUse("\(path) lies below a file; --data takes a folder in a folder.")
        case .unreachable(let problem): throw WrongUse("\(path) cannot be reached (\(unsafe String(cString: strerror(problem)))).")
        }
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard case .unreachable = Self.status(parent) else { return }
        throw WrongUse("The ledger's folder is made in \(parent), which does not exist: make that first, or mend --data.")
    }

    private enum Status {
        case folder, other
        case unreachable(Int32)
    }

    private static func status(_ path: String) -> Status {
        if unsafe access(path + "/.", F_OK) == 0 { return .folder }
        let isNoFolder = errno == ENOTDIR
        // What is there and no file is a folder that this user may not look into.
        if unsafe access(path, F_OK) == 0 { return isNoFolder ? .other : .folder }
        return .unreachable(errno)
    }
}

/// A file that only its owner reads, made before the secret exists: a secret that could not be kept would be lost.
private struct SecretFile {
    let path: String

    init(path: String) throws {
        self.path = path
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw WrongUse("The file \(path) cannot be made (\(unsafe String(cString: strerror(errno)))); nothing was changed.")
        }
        // Whatever the umask.
        fchmod(descriptor, 0o600)
        close(descriptor)
    }

    func write(_ secret: Secret) throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.write(contentsOf: Data((secret.reveal() + "\n").utf8))
        try handle.synchronize()
        try handle.close()
    }

    func remove() { unsafe unlink(path) }
}
