"""As client.c, by Python's own library, with the checks by the letter of RFC 5280 that it makes by itself since 3.13."""

import socket
import ssl
import sys

authority, name, address, port, *identity = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
context.verify_flags |= ssl.VERIFY_X509_STRICT
if identity:
    context.load_cert_chain(*identity)
try:
    with socket.create_connection((address, port)) as link, context.wrap_socket(link, server_hostname=name) as stream:
        stream.sendall(sys.stdin.buffer.read())
        sys.stdout.buffer.write(stream.recv(512))
except OSError as error:
    sys.exit(str(error))
