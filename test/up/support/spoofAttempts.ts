import { ATTACKER, SPOOFS } from "../../support/spoofs";
import { type Attempt, bytes } from "./attacks";
import { TLS, type Way, WSS } from "./jailedPi";

/** No longer than MQTT lets a text be. */
const TEXTS = Object.values(SPOOFS).map((text) => bytes(text).slice(0, 65_535));

/** Words of a client's before it is in, beside its id, and that come back when it is turned away. */
export function spoofsOutside(attempt: (way: Way) => Attempt): Attempt[] {
  return TEXTS.flatMap((text) =>
    [TLS, WSS].flatMap((way) => [
      { ...attempt(way), user: text },
      { ...attempt(way), will: text },
    ]),
  );
}

/** Of one that may come in: its id, and what it publishes to. One that has another's id, who is there yet, sends that one away. */
export function spoofsInside(attempt: (way: Way) => Attempt): Attempt[] {
  return [TLS, WSS].flatMap((way) => TEXTS.map((text) => ({ ...attempt(way), id: text, topic: text })));
}

/** Each from a port of its own, and with that and its own address in the place of the attacker's of the story. */
export function aimed(attempts: readonly Attempt[]): Attempt[] {
  return attempts.map((attempt, i) => {
    const from = 20_000 + i;
    const mine = (text: string) =>
      text.replaceAll(`${ATTACKER}:50000`, `${attempt.source}:${from}`).replaceAll(ATTACKER, attempt.source);
    const said = (["id", "user", "will", "topic"] as const).flatMap((where) => {
      const text = attempt[where];
      return text === undefined ? [] : [[where, mine(text)] as const];
    });
    return { ...attempt, ...Object.fromEntries(said), from };
  });
}

/** Ids, so many together; none is left over but fewer than that. */
export function spoofedIds(together: number): string[][] {
  return TEXTS.flatMap((_, i) =>
    i % together === 0 && i + together <= TEXTS.length ? [TEXTS.slice(i, i + together)] : [],
  );
}
