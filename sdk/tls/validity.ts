import { parsed } from "./pem";

const DAY = 86_400_000;

/** When a certificate ends; undefined when it can't be read. */
export function endOf(pem: string): Date | undefined {
  const validTo = parsed(pem)?.validTo;
  return validTo === undefined ? undefined : new Date(validTo);
}

/** `2026-12-13`. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** `2026-12-13T10:00:00Z`. */
export function secondOf(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** `in 20 days`, `2 days ago`, in whole days. */
export function daysUntil(end: Date, now = Date.now()): string {
  const days = Math.floor(Math.abs(end.getTime() - now) / DAY);
  const words = days === 0 ? "less than a day" : days === 1 ? "1 day" : `${days} days`;
  return end.getTime() >= now ? `in ${words}` : `${words} ago`;
}
