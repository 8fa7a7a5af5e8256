// Minutes, money and days as people read them.

const UTC = { day: "numeric", month: "short", timeZone: "UTC" } as const;
const ofThisYear = new Intl.DateTimeFormat(undefined, { ...UTC, weekday: "short" });
const ofAnyYear = new Intl.DateTimeFormat(undefined, { ...UTC, year: "numeric" });

/** `2026-11-24` as `Tue, Nov 24`; a day of another year with its year instead. */
export function day(date: string): string {
  const moment = new Date(`${date}T00:00:00Z`);
  return (moment.getUTCFullYear() === new Date().getFullYear() ? ofThisYear : ofAnyYear).format(moment);
}

/** Minutes as `7:30`. */
export const hours = (minutes: number): string => `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;

/** Whole minor units as money: how many of them make one is the currency's own. */
export function money(amount: number | null | undefined, currency: string): string {
  if (amount === null || amount === undefined) return "";
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

export const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** The initials that stand for a person. */
export const initials = (name: string): string =>
  name
    .split(" ")
    .map((word) => word[0] ?? "")
    .slice(0, 2)
    .join("");
