"""Tries the parts of the watch that read the log and ask the kernel, on the loopback. Usage: parts.py watch.py SCENE. Prints JSON."""

import contextlib
import errno
import importlib.util
import json
import os
import select
import socket
import struct
import sys
import tempfile
import time

sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("watch", sys.argv[1])
watch = importlib.util.module_from_spec(spec)
spec.loader.exec_module(watch)


@contextlib.contextmanager
def log_with(text):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "mosquitto.log")
        append(path, text)
        with open(path, "rb", buffering=0) as file:
            yield watch.Log(file, path), path


def append(path, text):
    with open(path, "a") as file:
        file.write(text)


def rotation():
    with log_with("before\nhal") as (log, path):
        story = []

        def tell():
            story.append([[line.decode() for line in log.lines()], log.is_over()])

        append(path, "f\na\nhal")
        tell()
        os.rename(path, path + ".1")
        append(path + ".1", "f\nb")
        tell()
        append(path, "")
        append(path + ".1", "\n")
        tell()
        append(path, "c\n")
        tell()
        return story


def cut():
    with log_with("before\n") as (log, path):
        story = [log.is_over()]
        os.truncate(path, 2)
        return story + [log.is_over()]


def listener(family=socket.AF_INET, address="127.0.0.1"):
    server = socket.socket(family)
    server.bind((address, 0))
    server.listen()
    return server, server.getsockname()[1]


def come_and_go(server, times):
    """Without a trace in the kernel."""
    ports = []
    for _ in range(times):
        client = socket.create_connection(server.getsockname())
        ports.append(client.getsockname()[1])
        peer, _ = server.accept()
        for end in client, peer:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.close()
    return ports


def sockets():
    (ours, port), (others, other) = listener(socket.AF_INET6, "::1"), listener()
    clients = [socket.create_connection(server.getsockname()[:2]) for server in (ours, others)]
    listening, connections = watch.survey({port})
    expected = [[watch.ESTABLISHED, port, ["::1", clients[0].getsockname()[1]], False]]
    return [sorted(listening) == [port], json.loads(json.dumps(connections)) == expected]


def flood():
    (ours, port), (others, other) = listener(), listener()
    ends = watch.Ends({port})
    come_and_go(others, 5000)
    expected = come_and_go(ours, 5)
    told = []
    while len(told) < 5 and select.select([ends.link], [], [], 5)[0]:
        told += [peer[1] for state, at, peer, *_ in ends.new() if at == port]
    return [told == expected, ends.lost]


def silence():
    """Whether a broker was heard that keeps a client waiting until that one has gone; that answers; whose answer is not on its way yet
    when the client breaks off; and that answers one who has left, after a second, and at once."""
    server, port = listener()
    ends, story = watch.Ends({port}), []
    for answer, flags in (None, 0), (b"x", 0), (b"x", socket.MSG_MORE):
        client = socket.create_connection(server.getsockname())
        client.sendall(b"hello")
        peer, _ = server.accept()
        peer.recv(9)
        if answer:
            peer.send(answer, flags)
        if flags == 0 and answer:
            client.recv(1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        select.select([peer], [], [], 5)
        peer.close()
        select.select([ends.link], [], [], 5)
        story += [said for *_, said in ends.new()]
    for seconds in 1.1, 0:
        client = socket.create_connection(server.getsockname())
        client.sendall(b"hello")
        peer, _ = server.accept()
        client.close()
        time.sleep(seconds)
        peer.send(b"x")
        peer.close()
        select.select([ends.link], [], [], 5)
        story += [said for *_, said in ends.new()]
    return story


def overrun():
    class Link:
        answers = [errno.ENOBUFS, errno.EAGAIN]

        def recv(self, *_):
            code = self.answers.pop(0)
            raise OSError(code, os.strerror(code))

    ends = watch.Ends({1})
    ends.link = Link()
    return [list(ends.new()), ends.lost]


def unheard():
    ledger, peer, story = watch.Ledger(), ("203.0.113.66", 50000), []
    ledger.listening = {8883: frozenset({1})}
    for line in None, b"1: x", None:
        if line:
            ledger.read(line, 1)
        else:
            ledger.gone(peer, 8883, len(story) * 100)
            ledger.look(ledger.listening, [], len(story) * 100 + 2)
        story.append(ledger.misses_log)
    return story


def mute(kind):
    """A kernel without the module tcp_diag says so in one of two ways."""

    class Link:
        def send(self, _):
            pass

        def recv(self, _):
            return watch.HEAD.pack(watch.HEAD.size + 4, kind, 0, 0, 0) + struct.pack("=i", -errno.ENOENT)

    watch.kernel = lambda: contextlib.nullcontext(Link())
    watch.watch = lambda path, ports: watch.survey(ports)
    return last_words()


def closed():
    def refuse(path, ports):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    watch.watch = refuse
    return last_words()


def last_words():
    try:
        watch.main("/var/log/mosquitto/mosquitto.log", "8883")
    except SystemExit as end:
        return end.code


SCENES = {
    "rotation": rotation,
    "cut": cut,
    "sockets": sockets,
    "flood": flood,
    "silence": silence,
    "overrun": overrun,
    "unheard": unheard,
    "mute": lambda: [mute(watch.DONE), mute(watch.ERROR)],
    "closed": closed,
}
json.dump(SCENES[sys.argv[2]](), sys.stdout)
