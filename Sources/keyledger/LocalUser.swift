internal import Foundation
internal import KeyEvents
internal import Ledger
internal import Projections

/// Who runs the command line: recorded, sealed, with whatever they do.
enum LocalUser {
    /// The name of the user; where they became root with sudo, who that was. A user of no name is their number.
    static let label: String = {
        let user = name(getuid())
        guard getuid() == 0, let sudo = ProcessInfo.processInfo.environment["SUDO_USER"], !sudo.isEmpty, sudo != user,
            sudo.utf8.count <= 128, MisplacedSecret(in: sudo) == nil
        else { return user }
        return "\(sudo) (as \(user), by sudo)"
    }()

    private static func name(_ id: uid_t) -> String {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        let isKnown = unsafe getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0 && found != nil
        guard isKnown, let text = unsafe entry.pw_name else { return "uid \(id)" }
        let name = unsafe String(cString: text)
        return name.isEmpty || MisplacedSecret(in: name) != nil ? "uid \(id)" : name
    }
}

extension Caller {
    /// The command line on the data folder itself, run by somebody of this host.
    static let localUser = Caller(
        actor: .commandLine, account: .operator, permissions: PermissionSet(Permission.allCases), label: LocalUser.label)
}
