"""Feeds the watch with stories, without a kernel. Usage: ledger.py watch.py <STORIES >FAILURES; both are lists of JSON."""

import importlib.util
import json
import sys

spec = importlib.util.spec_from_file_location("watch", sys.argv[1])
watch = importlib.util.module_from_spec(spec)
sys.dont_write_bytecode = True
spec.loader.exec_module(watch)

LISTENING = {port: frozenset({port}) for port in (1883, 8883, 8884, 9001)}


def tell(story):
    ledger = watch.Ledger()
    ledger.listening = LISTENING
    now, failures = 1000.0, []
    for verb, *words in story:
        if verb == "log":
            ledger.read(words[0].encode("latin-1"), now)
        elif verb == "gone" or verb == "closing":
            address, port, listener, *said = words
            getattr(ledger, verb)((watch.address_of(address), port), listener, now, *said)
        elif verb == "trust":
            ledger.trust((watch.address_of(words[0]), words[1]), now)
        elif verb in ("look", "lost"):
            seconds, there, listening = words
            now += seconds
            there = [((watch.address_of(address), port), at) for address, port, at in there]
            if verb == "lost":
                ledger.miss(set(there), now)
            failures += ledger.look(
                {int(port): frozenset(inodes) for port, inodes in listening.items()}
                if listening is not None
                else LISTENING,
                there,
                now,
            )
    return [f"{address}:{port} on {listener}" for (address, port), listener in failures]


json.dump([tell(story) for story in json.load(sys.stdin)], sys.stdout)
