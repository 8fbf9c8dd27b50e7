internal import KeyEvents
internal import Projections

/// The answer to a command as it is remembered beside the command's id, so that a repeated command is answered as the first time.
///
/// A key is stored as `KeyStateCodec` writes it, which never begins with a zero byte. An account is: 0 ‖ the length of its id (1
/// byte) ‖ its id ‖ its standing as a row of the table `standings`.
enum RememberedAnswer {
    /// The key as the command left it.
    case key(KeyState)
    /// The account as the command left it.
    case account(AccountID, AccountStanding)

    /// The account that the command was about.
    var accountID: AccountID {
        switch self {
        case .key(let state): state.accountID
        case .account(let account, _): account
        }
    }

    /// Reads an answer as it was stored; `nil` where it cannot be read.
    init?(_ bytes: [UInt8]) {
        guard bytes.first == 0 else {
            guard let state = KeyStateCodec.decode(bytes) else { return nil }
            self = .key(state)
            return
        }
        guard bytes.count >= 2, case let end = 2 + Int(bytes[1]), bytes.count >= end else { return nil }
        let account = AccountID(trusted: String(decoding: bytes[2..<end], as: UTF8.self))
        let row = bytes[end...]
        guard let standing = try? AccountStanding(row.span, of: account) else { return nil }
        self = .account(account, standing)
    }

    /// The answer as it is stored.
    var bytes: [UInt8] {
        switch self {
        case .key(let state): KeyStateCodec.encode(state)
        case .account(let account, let standing):
            [0, UInt8(clamping: account.description.utf8.count)] + account.description.utf8 + standing.row(of: account)
        }
    }
}
