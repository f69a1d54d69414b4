// Which events begin an incident, what makes two of them the same one, and what ends it.
import type { EventId, OrbitEvent } from '../base/event.ts';
import type { FactName } from '../base/events/facts.ts';

/** How one event becomes an incident. */
export interface IncidentRule {
  /** Events of one name are steps of one matter; the event's own id where there is none. */
  matter?: string;
  /** The facts that tell one such matter from another. */
  by: readonly FactName[];
  /** Events that end it, each with the facts that must be there and be equal. A person can end any. */
  endedBy?: { readonly [Id in EventId]?: readonly FactName[] };
  /** While it stands it is told again at least so often: silence for twice as long ends it. */
  toldEveryDays?: number;
}

const ofJob = { 'backup.performed': ['job'], 'backup.partial': ['job'] } as const;
const ofCopy = { 'backup.performed': ['job', 'destination'], 'backup.partial': ['job', 'destination'] } as const;
const ofDrill = { 'drill.passed': ['kind', 'destination'] } as const;
const gone = { 'destination.removed': ['destination'] } as const;
const disk: IncidentRule = { matter: 'disk', by: ['path', 'subject'], toldEveryDays: 1 };

/** Every event that begins an incident. */
export const incidentRules: { readonly [Id in EventId]?: IncidentRule } = {
  'backup.failed': { by: ['job', 'destination'], endedBy: { ...ofCopy, ...gone } },
  'backup.partial': { by: ['job', 'destination'], endedBy: { 'backup.performed': ['job', 'destination'], ...gone } },
  'backup.missed': { by: ['job'], endedBy: ofJob },
  'backup.interrupted': { by: ['job'], endedBy: ofJob },
  'backup.overdue': {
    by: ['kind', 'destination'],
    endedBy: { 'backup.performed': ['kind', 'destination'], 'backup.partial': ['kind', 'destination'], ...gone },
  },
  'backup.completeness-drop': {
    by: ['job', 'source'],
    endedBy: { 'backup.performed': ['job'], 'backup.drop-accepted': ['job', 'source'] },
  },
  'backup.verification-failed': { by: ['kind', 'destination'], endedBy: { ...ofDrill, ...gone } },
  'task.failed': { by: ['task'], endedBy: { 'task.succeeded': ['task'] } },
  'source.lost': { by: ['source', 'path'], endedBy: { 'source.back': ['source', 'path'] } },
  'destination.lost': { by: ['destination'], endedBy: { 'destination.back': ['destination'], ...gone } },
  'destination.low-space': { by: ['destination'], endedBy: gone, toldEveryDays: 1 },
  'destination.host-key-changed': { by: ['destination'], endedBy: { 'destination.back': ['destination'], ...gone } },
  'destination.not-append-only': { by: ['destination'], endedBy: gone },
  'destination.locks-failed': {
    by: ['destination'],
    endedBy: { 'destination.locks-renewed': ['destination'], ...gone },
  },
  'destination.tampered': { by: ['destination'], endedBy: gone },
  'drill.failed': { by: ['kind', 'destination'], endedBy: { ...ofDrill, ...gone } },
  'drill.overdue': { by: ['task', 'kind', 'destination'], endedBy: { ...ofDrill, ...gone }, toldEveryDays: 7 },
  'check.failed': { by: ['kind', 'destination'], endedBy: gone },
  'recovery-key.missing': { by: [], endedBy: { 'ceremony.completed': [] } },
  'custodian.inactive': {
    by: ['custodian'],
    endedBy: { 'custodian.share-tested': ['custodian'], 'custodian.replaced': ['custodian'], 'ceremony.completed': [] },
  },
  'custodian.too-few': { by: [], endedBy: { 'ceremony.completed': [] }, toldEveryDays: 1 },
  'channel.failing': {
    by: ['channel'],
    endedBy: { 'channel.restored': ['channel'], 'channel.removed': ['channel'] },
  },
  'service.crashed': { by: [], endedBy: { 'service.stopped': [] } },
  'maintenance.forgotten': { by: [], endedBy: { 'maintenance.left': [] } },
  'clock.skewed': { by: ['subject'], toldEveryDays: 1 },
  'certificate.expiring': { by: [], toldEveryDays: 1 },
  'database.damaged': { by: ['path'], toldEveryDays: 1 },
  'instance-key.missing': { by: ['path'], toldEveryDays: 1 },
  'audit.broken': { by: [] },
  'disk.over-70': disk,
  'disk.over-80': disk,
  'disk.over-90': disk,
};

type Happened = Pick<OrbitEvent, 'id' | 'facts'>;

/** The matter of an event that begins an incident, the same for the same trouble of the same thing. */
export function matterOf({ id, facts }: Happened): string | undefined {
  const rule = incidentRules[id];
  return rule === undefined ? undefined : [rule.matter ?? id, ...rule.by.map((name) => facts[name] ?? '')].join(' ');
}

/** True when `ending` ends the incident that `begun` began. */
export function isEndedBy(begun: Happened, ending: Happened): boolean {
  const equal = incidentRules[begun.id]?.endedBy?.[ending.id];
  return equal?.every((name) => begun.facts[name] !== undefined && begun.facts[name] === ending.facts[name]) === true;
}

const endings = new Set(Object.values(incidentRules).flatMap(({ endedBy = {} }) => Object.keys(endedBy)));

/** True for an event that can end an incident: most cannot, and cost nothing then. */
export function mayEnd(id: EventId): boolean {
  return endings.has(id);
}
