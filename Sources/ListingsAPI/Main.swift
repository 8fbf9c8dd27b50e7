internal import ArgumentParser
internal import Foundation

@main
enum Main {
    static func main() async {
        CrashMessage.install()
        // A reader of standard output that goes away is no reason to stop.
        signal(SIGPIPE, SIG_IGN)
        // A terminal that goes away is no reason to end.
        signal(SIGHUP, SIG_IGN)
        do {
            try await ListingsCommand.parse().run()
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            // Wrong use, or the help that was asked for.
            let isAsked = ListingsCommand.exitCode(for: error) == .success
            let output = isAsked ? FileHandle.standardOutput : .standardError
            try? output.write(contentsOf: Data((ListingsCommand.fullMessage(for: error) + "\n").utf8))
            exit(isAsked ? 0 : 2)
        }
    }
}
