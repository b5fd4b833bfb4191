import { X509Certificate } from "node:crypto";

const DAY = 86_400_000;

/** When a certificate ends; undefined when it can't be read. */
export function endOf(pem: string): Date | undefined {
  try {
    return new Date(new X509Certificate(pem).validTo);
  } catch {
    return undefined;
  }
}

/** `in 20 days`, `2 days ago`, in whole days. */
export function daysUntil(end: Date, now = Date.now()): string {
  const days = Math.floor(Math.abs(end.getTime() - now) / DAY);
  const words = days === 0 ? "less than a day" : days === 1 ? "1 day" : `${days} days`;
  return end.getTime() >= now ? `in ${words}` : `${words} ago`;
}
