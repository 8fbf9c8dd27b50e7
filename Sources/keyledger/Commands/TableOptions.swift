internal import ArgumentParser

/// The option of commands that print a table.
struct TableOptions: ParsableArguments {
    @Flag(help: "Shorten nothing and leave no column out, also where the terminal is too narrow for the table.")
    var wide = false

    /// The width that the table is fitted to, in columns; `nil` when it is not fitted.
    var width: Int? { wide ? nil : Terminal.width }
}
