"""The cure: every message goes out as a 4-byte length and that many bytes."""

LIMIT = 1 << 20  # a length above this is a broken or hostile peer


def send_message(s, body):
    s.sendall(len(body).to_bytes(4, "big") + body)  # one write: no write-write-read stall either


def read_message(s):
    """The next message, or None when the peer closed between two messages."""
    head = read_exactly(s, 4)
    if head is None:
        return None
    size = int.from_bytes(head, "big")
    if size > LIMIT:
        raise ValueError(f"message of {size} bytes announced, limit {LIMIT}")
    body = read_exactly(s, size)
    if body is None:
        raise EOFError("closed inside a message")
    return body


def read_exactly(s, n):
    data = bytearray()
    while len(data) < n:
        part = s.recv(n - len(data))
        if not part:
            if data:
                raise EOFError("closed inside a message")
            return None
        data += part
    return bytes(data)
