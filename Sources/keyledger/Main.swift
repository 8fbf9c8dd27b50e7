internal import ArgumentParser
internal import Foundation

@main
enum Main {
    static func main() async {
        CrashMessage.install()
        Terminal.holdStandardStreams()
        // New files are accessible to their owner alone until they get their final mode.
        umask(0o077)
        // Exceeding the file size limit must be an error like a full disk, not end the process.
        signal(SIGXFSZ, SIG_IGN)
        // When the reader of the output is closed (`log follow | head`), the command ends quietly.
        signal(SIGPIPE, SIG_DFL)
        do {
            // The check comes before the parser, whose messages repeat arguments that it does not expect.
            try ArgumentCheck.check(Array(CommandLine.arguments.dropFirst()))
            var command = try Keyledger.parseAsRoot()
            if var asyncCommand = command as? any AsyncParsableCommand {
                try await asyncCommand.run()
            } else {
                try command.run()
            }
        } catch {
            exit(ErrorReport.report(error))
        }
    }
}
