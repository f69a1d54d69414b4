// Days as people choose them, from midnight to midnight where they are.

/** The midnight that begins the day `2026-11-26`, or the one so many `daysLater`, as the API takes it; empty for no day. */
export function midnightOf(day: string | null, daysLater: number): string {
  if (day === null || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return '';
  const midnight = new Date(`${day}T00:00:00`);
  midnight.setDate(midnight.getDate() + daysLater);
  return Number.isNaN(midnight.getTime()) ? '' : midnight.toISOString();
}
