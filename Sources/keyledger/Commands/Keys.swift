internal import ArgumentParser

struct Keys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create, list, change and end keys.",
        subcommands: [
            KeysCreate.self, KeysList.self, KeysShow.self, KeysRename.self, KeysRotate.self, KeysChange.self, KeysDisable.self,
            KeysEnable.self,
            KeysRevoke.self,
        ])
}
