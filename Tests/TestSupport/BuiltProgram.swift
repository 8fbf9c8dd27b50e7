import Foundation

/// The programs that were built with the tests, beside the test bundle.
public enum BuiltProgram {
    /// Returns the path of a program.
    ///
    /// - Parameter name: The name of its file.
    /// - Returns: The path, whether or not there is such a file.
    public static func path(_ name: String) -> String {
        var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
            folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
        }
        return folder.appendingPathComponent(name).path
    }
}
