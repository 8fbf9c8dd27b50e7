import Foundation
import PackagePlugin

/// Builds the files of a target's folders `Pages` and `Assets` into its program, as texts (`EmbeddedFiles`). The package manager's own
/// embedding writes lists of numbers, which take minutes to compile.
@main
struct EmbedFiles: BuildToolPlugin {
    private static let folders = ["Assets", "Pages"]

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let files = try Self.folders.flatMap { folder in
            let folder = target.directoryURL.appending(component: folder)
            guard FileManager.default.fileExists(atPath: folder.path) else { return [] as [URL] }
            return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
        }.sorted { $0.lastPathComponent < $1.lastPathComponent }
        let output = context.pluginWorkDirectoryURL.appending(component: "EmbeddedFiles.swift")
        return [
            .buildCommand(
                displayName: "Embedding the files of \(target.name)", executable: try context.tool(named: "embed-files").url,
                arguments: [output.path] + files.map(\.path), inputFiles: files, outputFiles: [output])
        ]
    }
}
