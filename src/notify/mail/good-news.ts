// Which events are good news: they can wait for a digest.
import type { EventId, OrbitEvent } from '../../base/event.ts';

const goodNews: ReadonlySet<EventId> = new Set<EventId>([
  'backup.performed',
  'drill.passed',
  'task.created',
  'task.succeeded',
  'disk.report',
  'custodian.share-tested',
]);

/** True for successes of every day. That something lost is back is no such thing: whoever was alarmed wants to know. */
export function isGoodNews(event: Pick<OrbitEvent, 'id'>): boolean {
  return goodNews.has(event.id);
}
