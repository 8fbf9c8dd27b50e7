import Bytes
import KeyEvents
import TestSupport

/// Random values of every shape an event can have.
extension SplitMix64 {
    mutating func keyID() -> KeyID { KeyID(Bytes16(high: next(), low: next())) }

    mutating func accountID() -> AccountID {
        let letters = Array("abcXYZ019._:-@").map(String.init)
        let text = (0..<Int.random(in: 1...64, using: &self)).map { _ in pick(letters) }.joined()
        return AccountID(text) ?? .operator
    }

    mutating func actor() -> Actor {
        Actor(kind: pick([.operator, .account, .key, .system, .import, .unknown]), id: text())
    }

    mutating func secretRecord() -> SecretRecord {
        guard let digest = Digest32(bytes(32)) else { preconditionFailure() }
        return SecretRecord(id: UInt32(truncatingIfNeeded: number()), digest: digest, hint: text())
    }

    mutating func texts() -> [String] { (0..<Int.random(in: 0...5, using: &self)).map { _ in text() } }

    mutating func permissions() -> [Permission] {
        (0..<Int.random(in: 0...4, using: &self)).map { _ in pick(Permission.allCases) }
    }

    mutating func use() -> Event.Use {
        Event.Use(
            count: number(), secretID: UInt32(truncatingIfNeeded: number()), scopesAsked: texts(),
            environmentAsked: chance(30) ? text() : nil, decidedAtPosition: number(), decidedAt: time(),
            firstAt: chance(30) ? time() : nil, isInternal: chance(20))
    }

    mutating func refusedUse() -> Event.Use {
        var use = use()
        use.permissionAsked = chance(30) ? text() : nil
        return use
    }

    mutating func body() -> Event.Body {
        switch Int.random(in: 0..<18, using: &self) {
        case 0:
            .created(
                Event.Created(
                    environment: text(), secret: secretRecord(), scopes: texts(), permissions: permissions(),
                    expiresAt: chance(50) ? time() : nil, restrictsAddresses: chance(30)))
        case 1, 2: .used(use())
        case 3, 4: .refused(refusedUse(), pick(RefusalCode.allCases))
        case 5: .revoked(reasonCode: text())
        case 6: .expired
        case 7:
            .changed(
                Event.Changed(
                    scopes: chance(50) ? texts() : nil, permissions: chance(50) ? permissions() : nil,
                    expiry: chance(50) ? (chance(50) ? .never : .at(time())) : nil, replacesName: chance(50), replacesMetadata: chance(50),
                    restrictsAddresses: chance(30) ? chance(50) : nil))
        case 12: .logRead(LogReading(what: text(), account: chance(50) ? accountID() : nil))
        case 8: .disabled
        case 9: .enabled
        case 11:
            .logForked(
                LogFork(
                    leftLogID: Bytes16(high: next(), low: next()), leftCheckpoint: text(), logID: Bytes16(high: next(), low: next()),
                    abandonedLogIDs: (0..<Int.random(in: 0...2, using: &self)).map { _ in Bytes16(high: next(), low: next()) }))
        case 14:
            .logKeyChanged(
                LogKeyChange(
                    oldOrigin: text(), oldVerifierKey: text(), newOrigin: text(), newVerifierKey: text(),
                    signature: bytes(chance(50) ? 0 : 64)))
        case 13: .clockConfirmed(ClockConfirmation(clock: time(), expected: time()))
        case 16:
            .accountChanged(
                AccountChange(
                    AccountRules(keyLimit: chance(50) ? next() : nil, grantable: chance(50) ? texts() : nil),
                    localUserID: chance(50) ? UInt32.random(in: 0 ... .max, using: &self) : nil))
        case 15:
            .accountErased(
                AccountErasure(
                    dataKeyID: chance(80) ? Bytes16(high: next(), low: next()) : nil,
                    localUserID: chance(50) ? UInt32(truncatingIfNeeded: number()) : nil))
        case 10: .secretAdded(secretRecord(), olderRetire: retirement(), extendsGrace: chance(40) ? nil : chance(50))
        default: .secretRetired(secretID: UInt32(truncatingIfNeeded: number()))
        }
    }

    mutating func retirement() -> SecretRetirement? { SecretRetirement(at: chance(50) ? time() : nil, whenNewerIsUsed: chance(40)) }

    mutating func event() -> Event {
        var event = Event(
            keyID: keyID(), accountID: accountID(), recordedAt: time(), occurredAt: chance(30) ? time() : nil, actor: actor(),
            commandID: chance(50) ? text() : "", commandOrdinal: UInt32(truncatingIfNeeded: number()),
            correlationID: chance(50) ? text() : "",
            sealed: chance(50) ? sealed() : nil, requires: chance(20) ? texts() : [], body: body())
        if let sealed = event.sealed, chance(50) {
            event.sealed = SealedFields(
                dataKeyID: sealed.dataKeyID, ciphertext: sealed.ciphertext,
                construction: chance(80) ? .ofRecord(event.sealedBinding) : .newer(3 + UInt32(truncatingIfNeeded: next() >> 34)))
        }
        return event
    }

    mutating func sealed() -> SealedFields {
        SealedFields(dataKeyID: Bytes16(high: next(), low: next()), ciphertext: bytes(Int.random(in: 0...300, using: &self)))
    }

    mutating func keyState() -> KeyState {
        let name = chance(70) ? sealed() : nil
        let metadata = chance(40) ? name : chance(70) ? sealed() : nil
        var state = KeyState(
            id: keyID(), accountID: accountID(), environment: text(), createdAt: time(), createdPosition: number(), sealedName: name,
            sealedMetadata: metadata,
            secrets: (0..<Int.random(in: 0...3, using: &self)).map { _ in
                KeySecret(record: secretRecord(), addedAt: time(), retirement: retirement(), retiredAt: chance(30) ? time() : nil)
            }, scopes: texts(),
            permissions: permissions(), expiresAt: chance(50) ? time() : nil)
        state.isDisabled = chance(30)
        state.sealedAllowlist = chance(60) ? nil : chance(40) ? name : sealed()
        state.changedPosition = number()
        if chance(40) { state.end = chance(50) ? KeyState.End.expired(at: time()) : .revoked(at: time(), reasonCode: text()) }
        return state
    }
}
