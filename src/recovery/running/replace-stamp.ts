// How moments are written in the names of what a replacement keeps.
/** A moment as it stands in names of what is kept: fourteen digits, UTC. */
export function stampOf(moment: Date): string {
  return moment.toISOString().slice(0, 19).replace(/[-:T]/g, '');
}
