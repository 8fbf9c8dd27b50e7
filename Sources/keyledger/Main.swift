internal import ArgumentParser
internal import Foundation

@main
enum Main {
    static func main() async {
        CrashMessage.install()
        Terminal.holdStandardStreams()
        // Nothing that is made is anybody else's before it has the mode it is to have.
        umask(0o077)
        // A file size limit is answered like a full disk, not by dying.
        signal(SIGXFSZ, SIG_IGN)
        // A reader that goes away (`log follow | head`) ends the command quietly.
        signal(SIGPIPE, SIG_DFL)
        do {
            // Before the parser, whose messages repeat what they do not expect.
            try ArgumentCheck.check(Array(CommandLine.arguments.dropFirst()))
            var command = try Keyledger.parseAsRoot()
            if var asyncCommand = command as? any AsyncParsableCommand {
                try await asyncCommand.run()
            } else {
                try command.run()
            }
        } catch {
            exit(Failure.report(error))
        }
    }
}
