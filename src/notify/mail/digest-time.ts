// When the next digest is due. Pure but for the machine's time zone.

/** The next moment after `now` with this hour on the machine's clock: any day, or the next Monday. */
export function nextDigestAt(now: Date, every: 'daily' | 'weekly', hour: number): Date {
  const due = new Date(now);
  due.setHours(hour, 0, 0, 0);
  while (due <= now || (every === 'weekly' && due.getDay() !== 1)) due.setDate(due.getDate() + 1);
  return due;
}
