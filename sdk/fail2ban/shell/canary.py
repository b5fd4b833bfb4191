"""Fails to log in to each listener of the broker, as an attacker would. Prints of each try the port that it came from, and the
listener's.

Reads a listener a line: ADDRESS PORT mqtt|websockets none|tls|mutual-tls
"""

import secrets
import socket
import ssl
import sys


def text(words):
    return len(words).to_bytes(2, "big") + words.encode()


def connect_packet():
    body = text("MQTT") + b"\x04\xc2\x00\x0a" + text("jail-canary") + text("jail-canary") + text(secrets.token_hex(8))
    return bytes([0x10, len(body)]) + body


UPGRADE = (
    b"GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: cHVsdW1pLWNhbmFyeS1waQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
)


def fail_to_log_in(link, protocol):
    packet = connect_packet()
    if protocol == "websockets":
        link.sendall(UPGRADE)
        link.recv(4096)
        # A frame whose mask changes nothing.
        packet = bytes([0x82, 0x80 | len(packet), 0, 0, 0, 0]) + packet
    link.sendall(packet)
    # The answer may be the last that is heard, or the refusal of a client without a certificate.
    link.recv(4096)


def no_questions():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


for listener in sys.stdin:
    address, port, protocol, security = listener.split()
    with socket.create_connection((address, int(port)), timeout=10) as link:
        print(link.getsockname()[1], port, flush=True)
        try:
            if security == "none":
                fail_to_log_in(link, protocol)
            else:
                with no_questions().wrap_socket(link) as secure:
                    fail_to_log_in(secure, protocol)
        except OSError:
            pass
