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

    private struct Answer: Encodable {
        struct AdminKey: Encodable {
            let id: String
            let secret: String?
        }

        let adminKey: AdminKey
    }

    func run() async throws {
        let folder = try options.folder
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
        let (outcome, secret) = try await ledger.createKey(
            CreateKey(name: "Admin key", permissions: Permission.allCases), by: .commandLine)
        guard let secret else { return }
        try file?.write(secret)
        let id = outcome.key.state.id.description
        if options.json {
            Terminal.line(try Document.text(Answer(adminKey: .init(id: id, secret: secretOut == nil ? secret.reveal() : nil))))
        } else if let secretOut {
            Terminal.line("The ledger is in \(folder.path). Its admin key \(id) is in \(secretOut).")
        } else {
            Terminal.line("The ledger is in \(folder.path). Its admin key \(id), shown this once:\n\n    \(secret.reveal())\n")
        }
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
