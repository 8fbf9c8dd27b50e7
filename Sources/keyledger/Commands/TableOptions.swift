internal import ArgumentParser

/// For commands that answer with a table.
struct TableOptions: ParsableArguments {
    @Flag(help: "Shorten nothing and leave no column out, also where the terminal is too narrow for the table.")
    var wide = false

    /// To what the table is fitted, in columns; `nil`: to nothing.
    var width: Int? { wide ? nil : Terminal.width }
}
