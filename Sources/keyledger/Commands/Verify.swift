internal import ArgumentParser
internal import Foundation
internal import KeyEvents
internal import KeyService
internal import KeyledgerHTTP
internal import Validation

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say whether the key on standard input is good, and record its use.",
        discussion: "The key is read from standard input: an argument could be seen by others. Exit code 0: valid; 1: not.")

    @OptionGroup var options: DataOptions

    @Option(name: .customLong("scope"), help: "A scope the call needs. May be repeated.")
    var scopes: [String] = []

    @Option(help: "The environment the call belongs to.")
    var env: String?

    @Option(help: "The address the call comes from, for keys that may not be used from everywhere.")
    var ip: String?

    @Flag(help: "Record nothing.")
    var dryRun = false

    func run() async throws {
        let secret = try Self.secretFromStandardInput()
        if let bad = scopes.first(where: { !Scope.isValid($0) }) { throw WrongUse("“\(Terminal.harmless(bad))” is not a scope.") }
        let address = try ip.map { text in
            guard let address = IPAddress(text) else { throw WrongUse("“\(Terminal.harmless(text))” is no IP address.") }
            return address
        }
        let isValid = try await options.withLedger { ledger in
            let verdict = try await ledger.verify(
                secret, Question(scopes: scopes, environment: env, address: address), context: UseContext(clientAddress: ip),
                isDryRun: dryRun, actor: .commandLine)
            let document = try ledger.document(verdict, on: secret)
            if options.json {
                try Terminal.answer(Document.text(document))
            } else {
                try Terminal.answer("\(verdict.code.rawValue): \(document.message)")
                if let key = verdict.disclosedKey { try Terminal.answer("Key \(key.id) of account \(key.accountID)") }
            }
            return verdict.isValid
        }
        if !isValid { throw ExitCode(Outcome.no) }
    }

    /// One line; its end does not belong to the key.
    private static func secretFromStandardInput() throws -> String {
        if isatty(0) == 1 { Terminal.error("Paste the key and press return:") }
        guard var line = readLine(strippingNewline: true) else { throw WrongUse("No key came on standard input.") }
        if line.last == "\r" { line.removeLast() }
        return line
    }
}
