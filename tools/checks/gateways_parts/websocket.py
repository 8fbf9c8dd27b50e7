"""As much of RFC 6455 as it takes to see that a websocket passes: the handshake, and short texts in one frame each."""
import base64
import hashlib
import os
import struct

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def new_key():
    return base64.b64encode(os.urandom(16)).decode()


def accepted(key):
    """What a server answers to a client's key."""
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def send_text(write, text, masked):
    """A client masks what it sends, a server does not."""
    data, mask = text.encode(), os.urandom(4) if masked else b""
    mark = 0x80 if masked else 0
    length = bytes([mark | len(data)]) if len(data) < 126 else bytes([mark | 126]) + struct.pack(">H", len(data))
    if masked:
        data = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
    write(b"\x81" + length + mask + data)


def receive_text(read):
    """The next text; `None` at the end. `read`: gives exactly so many bytes, or fewer at the end."""
    head = read(2)
    if len(head) < 2 or head[0] != 0x81:
        return None
    length = head[1] & 0x7F
    if length == 126:
        length = struct.unpack(">H", read(2))[0]
    mask = read(4) if head[1] & 0x80 else b""
    data = read(length)
    if mask:
        data = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
    return data.decode()
