"""Tries to log in to a broker, as told by standard input: a list of tries, JSON. Some are made at once.
Prints for each what came of it: the code of the broker's answer, or a word. Each comes from the address `source`; what it says is
in Latin-1, a letter a byte.
"""

import json
import socket
import ssl
import sys
import time
from concurrent.futures import ThreadPoolExecutor


def text(said):
    data = said.encode("latin-1")
    return len(data).to_bytes(2, "big") + data


def length(size):
    out = b""
    while True:
        size, digit = size >> 7, size & 127
        out += bytes([digit | (0x80 if size else 0)])
        if not size:
            return out


def connect_packet(attempt):
    v5 = attempt.get("version") == 5
    flags, payload = 0x02, text(attempt["id"])
    if "will" in attempt:
        flags |= 0x04
        payload += (b"\0" if v5 else b"") + text(attempt["will"]) + text("gone")
    if "user" in attempt:
        flags |= 0x80
        payload += text(attempt["user"])
    if "password" in attempt:
        flags |= 0x40
        payload += text(attempt["password"])
    body = text("MQTT") + bytes([5 if v5 else 4, flags, 0, 30]) + (b"\0" if v5 else b"") + payload
    return b"\x10" + length(len(body)) + body


def frame(data):
    if len(data) < 126:
        size = bytes([0x80 | len(data)])
    else:
        size = b"\xfe" + len(data).to_bytes(2, "big") if len(data) <= 0xFFFF else b"\xff" + len(data).to_bytes(8, "big")
    return b"\x82" + size + b"\0\0\0\0" + data


def upgrade(attempt):
    forwarded = attempt.get("forwarded")
    return (
        b"GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: cHVsdW1pLWNhbmFyeS1waQ==\r\nSec-WebSocket-Protocol: mqtt\r\n"
        + (b"X-Forwarded-For: " + forwarded.encode("latin-1") + b"\r\n" if forwarded else b"")
        + b"\r\n"
    )


def secure(link):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(link)


def run(attempt):
    seconds = attempt.get("seconds", 5)
    where = (attempt["host"], attempt["port"])
    with socket.create_connection(where, timeout=seconds, source_address=(attempt["source"], attempt.get("from", 0))) as link:
        if attempt.get("raw") is not None:
            link.sendall(attempt["raw"].encode("latin-1"))
            return "closed" if link.recv(4096) == b"" else "answered"
        stream = secure(link) if attempt["security"] != "none" else link
        if attempt["protocol"] == "websockets":
            stream.sendall(upgrade(attempt))
            if b" 101 " not in stream.recv(4096):
                return "no websocket"
            stream.sendall(frame(connect_packet(attempt)))
            answer = stream.recv(4096)[2:]
        else:
            stream.sendall(connect_packet(attempt))
            answer = stream.recv(4096)
        if answer[:1] != b"\x20":
            return "closed"
        code = answer[3]
        if code == 0 and attempt.get("topic") is not None:
            topic = text(attempt["topic"]) + (b"\0" if attempt.get("version") == 5 else b"") + b"x"
            packet = b"\x30" + length(len(topic)) + topic
            stream.sendall(frame(packet) if attempt["protocol"] == "websockets" else packet)
        # By then the broker has hung up on who is refused.
        time.sleep(attempt.get("lingers", 0))
        return code


def outcome(attempt):
    try:
        return run(attempt)
    except TimeoutError:
        return "silence"
    except OSError as error:
        return "closed" if isinstance(error, (ssl.SSLError, ConnectionError)) else str(error)


with ThreadPoolExecutor(8) as pool:
    for result in pool.map(outcome, json.load(sys.stdin)):
        print(json.dumps(result), flush=True)
