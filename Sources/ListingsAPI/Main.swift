internal import ArgumentParser
internal import Foundation

@main
enum Main {
    static func main() async {
        CrashMessage.install()
        // When the reader of standard output, or the terminal, is closed, the service goes on.
        for number in [SIGPIPE, SIGHUP] { signal(number, SIG_IGN) }
        do {
            try await ListingsCommand.parse().run()
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            // The arguments were wrong, or ask for help.
            let isAsked = ListingsCommand.exitCode(for: error) == .success
            let output = isAsked ? FileHandle.standardOutput : .standardError
            try? output.write(contentsOf: Data((ListingsCommand.fullMessage(for: error) + "\n").utf8))
            exit(isAsked ? 0 : 2)
        }
    }
}
