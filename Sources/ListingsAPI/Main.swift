internal import ArgumentParser
internal import Foundation

@main
enum Main {
    static func main() async {
        CrashMessage.install()
        do {
            let command = try ListingsCommand.parse()
            // When the reader of standard output, or the terminal, is closed, the service goes on.
            for number in [SIGPIPE, SIGHUP] { signal(number, SIG_IGN) }
            try await command.run()
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            exit(report(error))
        }
    }

    /// Writes what the parser says of arguments that are wrong or ask for help, and returns the exit code.
    private static func report(_ error: any Error) -> Int32 {
        let message = Data((ListingsCommand.fullMessage(for: error) + "\n").utf8)
        guard ListingsCommand.exitCode(for: error) == .success else {
            try? FileHandle.standardError.write(contentsOf: message)
            return 2
        }
        do {
            try FileHandle.standardOutput.write(contentsOf: message)
            return 0
        } catch {
            try? FileHandle.standardError.write(contentsOf: Data("listings-api: the text could not be written.\n".utf8))
            return 3
        }
    }
}
