"""Says who came to the broker and went without a login: a line each on standard output, for fail2ban.

Usage: watch.py LOG PORT… <LOG

Who comes and goes is asked of the kernel, which knows addresses for certain. The broker's log is asked only who has logged in.
So nothing that a client may have written into the log makes a failure of somebody who was not there. Needs no privileges.

Ends when another file has taken the log's place: whoever started it opens that one.
"""

import array
import errno
import ipaddress
import os
import re
import select
import socket
import struct
import sys
import time

# What the broker says of a login and of a client that it has no room for. No client's words come before the address.
LOGIN = re.compile(rb"\d{1,12}: New client connected from ([0-9a-f.:]{2,45}):(\d{1,5}) as ")
NO_ROOM = re.compile(rb"\d{1,12}: Client connection from ([0-9a-f.:]{2,45}) denied: max_connections exceeded\.")
# The broker has no file descriptor left, and hangs up on whoever comes.
NO_SOCKET = re.compile(rb"\d{1,12}: Unable to accept new connection, ")
# A line that the broker has cut off may end in anything that its client likes.
LONGEST = 300

# Seconds: until a connection that has ended is judged; in which the broker must have logged something, else its log is not
# what is read here; after which what is no longer there is forgotten.
PATIENCE, SILENCE, MEMORY = 1, 10, 60


def address_of(text):
    """The address in its usual spelling; None when it is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


class Ledger:
    """Who has logged in, and who has gone. A peer is an address and a port, and may have a connection to each listener."""

    def __init__(self):
        self.logins = {}
        self.there = {}
        self.ended = {}
        self.last_seen = {}
        self.refused = {}
        self.pending = []
        self.listening = {}
        self.heard = None
        self.misses_log = False

    def read(self, line, now):
        """Takes a line of the broker's log."""
        self.heard, self.misses_log = now, False
        if login := LOGIN.match(line):
            self.trust((address_of(login[1].decode()), int(login[2])), now)
        elif len(line) < LONGEST and (refusal := NO_ROOM.fullmatch(line)):
            self.refused.setdefault(address_of(refusal[1].decode()), []).append(now)
        elif NO_SOCKET.match(line):
            self.refused.setdefault(None, []).append(now)

    def trust(self, peer, now):
        """A login; or a connection from before the watch, which is not judged. The log does not tell to which listener."""
        self.logins[peer] = self.logins.get(peer, 0) + 1
        self.last_seen[peer] = now

    def closing(self, peer, port, now):
        """The broker has hung up, whatever the peer says to that."""
        if (peer, port) not in self.ended:
            self.end(peer, port, now)
        self.ended[peer, port] = self.last_seen[peer] = now

    def gone(self, peer, port, now, said=True):
        """The connection is no more. Everything that the broker has logged of it has to be read before. To whom the broker has said
        nothing has learned nothing: a client, perhaps, that a busy broker kept waiting for too long."""
        if not said:
            self.there.get(peer, set()).discard(port)
        elif self.ended.pop((peer, port), None) is None:
            self.end(peer, port, now)

    def end(self, peer, port, now):
        """A peer that keeps as many connections to other listeners as it has logins has needed none of them for this one."""
        others = self.there.get(peer, set())
        others.discard(port)
        logins = self.logins.pop(peer, 0)
        if logins > len(others):
            logins -= 1
        else:
            self.pending.append((now, peer, port, self.listening.get(port)))
        if logins > 0:
            self.logins[peer] = logins

    def miss(self, there, now):
        """Some ends were not told: what was there at the last look and is no longer has ended."""
        for peer, port in [(peer, port) for peer, ports in self.there.items() for port in ports]:
            if (peer, port) not in there:
                self.closing(peer, port, now)

    def look(self, listening, there, now):
        """Takes what the kernel says is there: the sockets that listen on each port, and of each connection its peer and port.
        Gives what was a failure."""
        self.listening = listening
        self.there = {}
        for peer, port in there:
            if (peer, port) not in self.ended:
                self.there.setdefault(peer, set()).add(port)
        self.forget([peer for peer, _ in there], now)
        due = [it for it in self.pending if it[0] <= now - PATIENCE]
        self.pending = [it for it in self.pending if it[0] > now - PATIENCE]
        return [(peer, port) for at, peer, port, socket_then in due if self.is_failure(at, peer, port, socket_then)]

    def forget(self, there, now):
        """What has not been there for long: its end was not told."""
        self.last_seen.update((peer, now) for peer in there if peer in self.last_seen)
        self.last_seen = {peer: last for peer, last in self.last_seen.items() if last >= now - MEMORY}
        self.logins = {peer: logins for peer, logins in self.logins.items() if peer in self.last_seen}
        self.ended = {(peer, port): last for (peer, port), last in self.ended.items() if peer in self.last_seen}
        recent = {address: [at for at in times if at > now - SILENCE] for address, times in self.refused.items()}
        self.refused = {address: times for address, times in recent.items() if times}

    def is_failure(self, at, peer, port, socket_then):
        # A broker that stops or starts turns everybody away.
        if not socket_then or self.listening.get(port) != socket_then:
            return False
        if self.heard is None or self.heard < at - SILENCE:
            self.misses_log = True
            return False
        for address in peer[0], None:
            if self.refused.get(address):
                self.refused[address].pop()
                return False
        return True


class Log:
    """The broker's log: an open file, from where it ends, and the path that it had then."""

    def __init__(self, file, path):
        self.file, self.path, self.begun = file, path, b""
        file.seek(0, os.SEEK_END)

    def lines(self):
        """All whole lines that are new."""
        # Only a line feed ends a line: other characters that end one are allowed in clients' names.
        *lines, self.begun = (self.begun + self.file.readall()).split(b"\n")
        return lines

    def is_over(self):
        """Whether it was cut off, or the broker has written to another file of its name: it does not write to both."""
        here = os.fstat(self.file.fileno())
        try:
            there = os.stat(self.path)
        except FileNotFoundError:
            return False
        return here.st_size < self.file.tell() or there.st_size > 0 and not os.path.samestat(here, there)


# The kernel's own words: <linux/netlink.h>, <linux/sock_diag.h>, <linux/inet_diag.h>, <net/tcp_states.h>.
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, DUMP_REQUEST, DONE, ERROR = 4, 20, 0x301, 3, 2
DESTROYED = 1 << 0 | 1 << 2
ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING = 1, 4, 5, 8, 9, 10, 11
HUNG_UP = FIN_WAIT1, FIN_WAIT2, LAST_ACK, CLOSING
HEAD = struct.Struct("=IHHII")
SOCKET = struct.Struct("!BBBxHH16s16s")
# How long what is told of a socket is, and the attribute after it that has its counters: <linux/inet_diag.h>, <linux/tcp.h>.
TOLD, ATTRIBUTE, INFO = 72, struct.Struct("=HH"), 2
# Of the counters: milliseconds since data was sent and since it came; segments sent again; bytes that the peer has confirmed, bytes
# that wait to be sent, segments that were.
COUNTERS = struct.Struct("=44xI4xI44xI16xQ16xI8xI")
# In place of a timer: the connection is over, and only its port is not free yet, whatever state that is said to be in.
TIME_WAIT = 3
# <linux/filter.h>, <asm-generic/socket.h>, and where a message has the port of the socket that it tells of.
LOAD_HALF, IS_EQUAL, RETURN, ATTACH_FILTER, PORT_AT = 0x28, 0x15, 0x06, 26, 20
# Bytes: for all that ends between two looks into it, as far as the kernel allows.
ROOM = 1 << 20
# How many ends are taken at a time.
MOST = 4096


def has_said(attributes):
    """Whether the broker has said anything to that peer while it was there, or has tried to. It was no longer there for an answer that
    came after a second or more, and that it has not confirmed."""
    while len(attributes) >= ATTRIBUTE.size:
        length, kind = ATTRIBUTE.unpack_from(attributes)
        if kind == INFO and length >= ATTRIBUTE.size + COUNTERS.size:
            since_sent, since_came, again, confirmed, waiting, sent = COUNTERS.unpack_from(attributes, ATTRIBUTE.size)
            too_late = since_came - since_sent >= 1000 and not again and not confirmed
            return bool(waiting or sent and not too_late)
        attributes = attributes[max(ATTRIBUTE.size, length + 3 & ~3) :]
    return True


def sockets_in(data, ports):
    """Each message's type, and of one that tells of a socket on one of the ports: its state, port and peer, its inode, and whether
    anything was said to the peer."""
    while data:
        length, kind, *_ = HEAD.unpack_from(data)
        found = None
        if kind in (DONE, ERROR):
            (code,) = struct.unpack_from("=i", data, HEAD.size)
            if code < 0:
                raise OSError(-code, os.strerror(-code))
        elif kind == SOCK_DIAG_BY_FAMILY:
            family, state, timer, port, peer_port, _, peer = SOCKET.unpack_from(data, HEAD.size)
            if port in ports:
                address = address_of(peer[:4] if family == socket.AF_INET else peer)
                (inode,) = struct.unpack_from("=I", data, HEAD.size + 68)
                said = has_said(data[HEAD.size + TOLD : length])
                found = (None if timer == TIME_WAIT else state, port, (address, peer_port), inode, said)
        yield kind, found
        data = data[length + 3 & ~3 :]


def kernel():
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)


def all_sockets(ports):
    """The TCP sockets that are there on one of the ports."""
    states = sum(1 << state for state in (ESTABLISHED, CLOSE_WAIT, LISTEN, *HUNG_UP))
    for family in socket.AF_INET, socket.AF_INET6:
        with kernel() as link:
            request = struct.pack("=BBBxI48x", family, socket.IPPROTO_TCP, 1 << INFO - 1, states)
            link.send(HEAD.pack(HEAD.size + len(request), SOCK_DIAG_BY_FAMILY, DUMP_REQUEST, 0, 0) + request)
            kind = None
            while kind not in (DONE, ERROR):
                for kind, found in sockets_in(link.recv(1 << 16), ports):
                    if found:
                        yield found


class Ends:
    """Sockets on one of the ports that go, as the kernel tells of them. Others take no room."""

    def __init__(self, ports):
        self.ports, self.lost = ports, False
        tests = [(IS_EQUAL, len(ports) - i, 0, port) for i, port in enumerate(ports)]
        program = [(LOAD_HALF, 0, 0, PORT_AT), *tests, (RETURN, 0, 0, 0), (RETURN, 0, 0, 0xFFFFFFFF)]
        code = array.array("B", b"".join(struct.pack("=HBBI", *step) for step in program))
        self.link = kernel()
        self.link.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("HP", len(program), code.buffer_info()[0]))
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        self.link.bind((0, DESTROYED))

    def new(self):
        """What has gone since, or the first of it: a flood is not to keep the watch from judging. Some may be lost."""
        for _ in range(MOST):
            try:
                told = self.link.recv(1 << 16, socket.MSG_DONTWAIT)
            except OSError as error:
                if error.errno == errno.EAGAIN:
                    return
                if error.errno != errno.ENOBUFS:
                    raise
                self.lost = True
            else:
                yield from (found for _, found in sockets_in(told, self.ports) if found and found[2][1])


def survey(ports):
    """What listens on each port, by inode, and all connections to them."""
    listening, connections = {}, []
    for state, port, peer, inode, said in all_sockets(ports):
        if state == LISTEN:
            listening[port] = listening.get(port, frozenset()) | {inode}
        else:
            connections.append((state, port, peer, said))
    return listening, connections


def watch(path, ports):
    ledger, log = Ledger(), Log(open(0, "rb", buffering=0), path)
    ends = Ends(ports)
    ledger.listening, connections = survey(ports)
    for _, _, peer, _ in connections:
        ledger.trust(peer, time.monotonic())
    list(ends.new())
    next_look = time.monotonic() + 1
    while True:
        select.select([ends.link], [], [], max(0, next_look - time.monotonic()))
        gone = [(peer, port, said) for _, port, peer, _, said in ends.new()]
        listening, connections = survey(ports) if time.monotonic() >= next_look else (None, [])
        now = time.monotonic()
        for line in log.lines():
            ledger.read(line, now)
        if log.is_over():
            return
        for peer, port, said in gone:
            ledger.gone(peer, port, now, said)
        if listening is None:
            continue
        for state, port, peer, said in connections:
            if state in HUNG_UP and said:
                ledger.closing(peer, port, now)
        there = [(peer, port) for state, port, peer, _ in connections if state]
        if ends.lost:
            print("warning: too many connections ended at once: the shortest of them were not judged", file=sys.stderr)
            ledger.miss(set(there), now)
            ends.lost = False
        missed_log = ledger.misses_log
        for peer, port in ledger.look(listening, there, now):
            print(f"failed login from {peer[0]} port {peer[1]} on {port}", flush=True)
        if ledger.misses_log and not missed_log:
            print(f"warning: connections end, but the broker writes nothing to {path}: nobody is judged", file=sys.stderr)
        next_look = now + 1


def main(path, *ports):
    try:
        watch(path, {int(port) for port in ports})
    except OSError as error:
        if error.filename:
            sys.exit(f'error: expected that everybody may look into "{os.path.dirname(path)}", got "{error.strerror}"')
        fix = "on the host: sudo modprobe tcp_diag; after an upgrade of its kernel, restart it"
        sys.exit(f'error: expected that the kernel tells of connections, got "{error.strerror}"; {fix}')


if __name__ == "__main__":
    main(*sys.argv[1:])
