"""Says who came to the broker and went without a login: a line each on standard output, for fail2ban.

Usage: watch.py LOG PORT…

Who comes and goes is asked of the kernel, which knows addresses for certain. The broker's log is asked only who has logged in.
So nothing that a client may have written into the log makes a failure of somebody who was not there. Needs no privileges.
"""

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
        self.ended = {}
        self.last_seen = {}
        self.refused = []
        self.pending = []
        self.listening = {}
        self.heard = None

    def read(self, line, now):
        """Takes a line of the broker's log."""
        self.heard = now
        if login := LOGIN.match(line):
            self.trust((address_of(login[1].decode()), int(login[2])), now)
        elif len(line) < LONGEST and (refusal := NO_ROOM.fullmatch(line)):
            self.refused.append((now, address_of(refusal[1].decode())))
        elif NO_SOCKET.match(line):
            self.refused.append((now, None))

    def trust(self, peer, now):
        """A login; or a connection from before the watch, which is not judged. The log does not tell to which listener."""
        self.logins[peer] = self.logins.get(peer, 0) + 1
        self.last_seen[peer] = now

    def closing(self, peer, port, now):
        """The broker has hung up, whatever the peer says to that."""
        if (peer, port) not in self.ended:
            self.end(peer, port, now)
        self.ended[peer, port] = self.last_seen[peer] = now

    def gone(self, peer, port, now):
        """The connection is no more. Everything that the broker has logged of it has to be read before."""
        if self.ended.pop((peer, port), None) is None:
            self.end(peer, port, now)

    def end(self, peer, port, now):
        logins = self.logins.pop(peer, 0)
        if logins > 1:
            self.logins[peer] = logins - 1
        if logins == 0:
            self.pending.append((now, peer, port, self.listening.get(port)))

    def look(self, listening, there, now):
        """Takes what the kernel says is there: the sockets that listen on each port, and the peers. Gives what was a failure."""
        self.listening = listening
        self.forget(there, now)
        due = [it for it in self.pending if it[0] <= now - PATIENCE]
        self.pending = [it for it in self.pending if it[0] > now - PATIENCE]
        return [(peer, port) for at, peer, port, socket_then in due if self.is_failure(at, peer, port, socket_then)]

    def forget(self, there, now):
        """What has not been there for long: its end was not told."""
        self.last_seen.update((peer, now) for peer in there if peer in self.last_seen)
        self.last_seen = {peer: last for peer, last in self.last_seen.items() if last >= now - MEMORY}
        self.logins = {peer: logins for peer, logins in self.logins.items() if peer in self.last_seen}
        self.ended = {(peer, port): last for (peer, port), last in self.ended.items() if peer in self.last_seen}
        self.refused = [it for it in self.refused if it[0] > now - SILENCE]

    def is_failure(self, at, peer, port, socket_then):
        # A broker that stops or starts turns everybody away.
        if not socket_then or self.listening.get(port) != socket_then:
            return False
        if self.heard is None or self.heard < at - SILENCE:
            return False
        for refusal in self.refused:
            if refusal[1] in (peer[0], None):
                self.refused.remove(refusal)
                return False
        return True


class Log:
    """The broker's log, through rotations: the broker may write to the old file until it writes to the new one."""

    def __init__(self, path):
        self.path = path
        self.files = []
        self.find(os.SEEK_END)

    def find(self, whence):
        try:
            file = open(self.path, "rb", buffering=0)
        except FileNotFoundError:
            return
        if self.files and os.path.sameopenfile(self.files[-1][0].fileno(), file.fileno()):
            file.close()
            return
        file.seek(0, whence)
        self.files.append([file, b""])

    def lines(self):
        """All whole lines that are new."""
        self.find(os.SEEK_SET)
        lines = [self.rest(entry) for entry in self.files]
        if lines and lines[-1]:
            for file, _ in self.files[:-1]:
                file.close()
            del self.files[:-1]
        return [line for part in lines for line in part]

    @staticmethod
    def rest(entry):
        file, begun = entry
        if os.fstat(file.fileno()).st_size < file.tell():
            file.seek(0)
            begun = b""
        # Only a line feed ends a line: other characters that end one are allowed in clients' names.
        *lines, entry[1] = (begun + file.readall()).split(b"\n")
        return lines


# The kernel's own words: <linux/netlink.h>, <linux/sock_diag.h>, <linux/inet_diag.h>, <net/tcp_states.h>.
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, DUMP_REQUEST, DONE, ERROR = 4, 20, 0x301, 3, 2
DESTROYED = 1 << 0 | 1 << 2
ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING = 1, 4, 5, 8, 9, 10, 11
HUNG_UP = FIN_WAIT1, FIN_WAIT2, LAST_ACK, CLOSING
HEAD = struct.Struct("=IHHII")
SOCKET = struct.Struct("!BBBxHH16s16s")
# In place of a timer: the connection is over, and only its port is not free yet, whatever state that is said to be in.
TIME_WAIT = 3


def sockets_in(data):
    """Each message's type, and of one that tells of a socket: its state, port and peer, and its inode."""
    while data:
        length, kind, *_ = HEAD.unpack_from(data)
        if kind != SOCK_DIAG_BY_FAMILY:
            yield kind, None
        else:
            family, state, timer, port, peer_port, _, peer = SOCKET.unpack_from(data, HEAD.size)
            address = address_of(peer[:4] if family == socket.AF_INET else peer)
            (inode,) = struct.unpack_from("=I", data, HEAD.size + 68)
            yield kind, (None if timer == TIME_WAIT else state, port, (address, peer_port), inode)
        data = data[length + 3 & ~3 :]


def kernel(groups=0):
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)
    link.bind((0, groups))
    return link


def all_sockets(ports):
    """The TCP sockets that are there on one of the ports."""
    states = sum(1 << state for state in (ESTABLISHED, CLOSE_WAIT, LISTEN, *HUNG_UP))
    for family in socket.AF_INET, socket.AF_INET6:
        with kernel() as link:
            request = struct.pack("=BBBxI48x", family, socket.IPPROTO_TCP, 0, states)
            link.send(HEAD.pack(HEAD.size + len(request), SOCK_DIAG_BY_FAMILY, DUMP_REQUEST, 0, 0) + request)
            kind = None
            while kind not in (DONE, ERROR):
                for kind, found in sockets_in(link.recv(1 << 16)):
                    if found and found[1] in ports:
                        yield found


def events(link):
    """Sockets that have gone since. Some are lost when very many go at once."""
    while True:
        try:
            yield from (found for _, found in sockets_in(link.recv(1 << 16, socket.MSG_DONTWAIT)) if found)
        except OSError as error:
            if error.errno == errno.EAGAIN:
                return
            if error.errno != errno.ENOBUFS:
                raise


def survey(ports):
    """What listens on each port, by inode, and all connections to them."""
    listening, connections = {}, []
    for state, port, peer, inode in all_sockets(ports):
        if state == LISTEN:
            listening[port] = listening.get(port, frozenset()) | {inode}
        else:
            connections.append((state, port, peer))
    return listening, connections


def main(path, *ports):
    ports = {int(port) for port in ports}
    ledger = Ledger()
    link = kernel(DESTROYED)
    log = Log(path)
    ledger.listening, connections = survey(ports)
    for _, _, peer in connections:
        ledger.trust(peer, time.monotonic())
    for _ in events(link):
        pass
    next_look = time.monotonic() + 1
    while True:
        select.select([link], [], [], max(0, next_look - time.monotonic()))
        gone = [(peer, port) for _, port, peer, _ in events(link) if port in ports and peer[1]]
        listening, connections = survey(ports) if time.monotonic() >= next_look else (None, [])
        now = time.monotonic()
        for line in log.lines():
            ledger.read(line, now)
        for peer, port in gone:
            ledger.gone(peer, port, now)
        for state, port, peer in connections:
            if state in HUNG_UP:
                ledger.closing(peer, port, now)
        if listening is not None:
            for peer, port in ledger.look(listening, [peer for _, _, peer in connections], now):
                print(f"failed login from {peer[0]} port {peer[1]} on {port}", flush=True)
            next_look = now + 1


if __name__ == "__main__":
    main(*sys.argv[1:])
