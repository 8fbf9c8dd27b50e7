public import Foundation

/// The files of this repository that tests read.
public enum Repository {
    private static let root = URL(filePath: #filePath).appending(path: "../../..").standardized

    /// A file or folder.
    ///
    /// - Parameter path: Its path from the repository's top.
    /// - Returns: Its address, whether or not it exists.
    public static func file(_ path: String) -> URL { root.appending(path: path) }
}
