internal import Foundation
internal import KeyEvents
internal import Ledger
internal import Projections

/// The user who runs the command line. The name is recorded, sealed, with everything that the user does.
enum LocalUser {
    /// The user's name; for a user who became root with sudo, both names. A user without a name is identified by number.
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
    /// The caller of commands on the data folder itself, run by a user of this host.
    static let localUser = Caller(
        actor: .commandLine, account: .operator, permissions: PermissionSet(Permission.allCases), label: LocalUser.label)
}
