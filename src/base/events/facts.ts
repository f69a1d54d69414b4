// The facts that events carry: one name, one meaning, one unit, one CEF key, whatever the event.

/** How a fact is stored and shown. `time` is ISO 8601 in UTC; `bytes` and `milliseconds` are whole numbers. */
export type FactType = 'text' | 'count' | 'bytes' | 'milliseconds' | 'percent' | 'time' | 'yes-no';

/** One fact: what it means, and its CEF key where that is not its own name. */
export interface FactKind {
  type: FactType;
  means: string;
  cef?: string;
}

/** Every fact there is. CEF keys are those of the documented system where it has one, else of the CEF dictionary. */
export const eventFacts = {
  kind: { type: 'text', means: 'kind of backup: secrets, system or recordings', cef: 'backupKind' },
  job: { type: 'text', means: "the job's name", cef: 'sname' },
  runId: { type: 'text', means: "the run's id, as in `orbit run show`" },
  task: { type: 'text', means: 'what was done: restore, prune, check, drill …' },
  source: { type: 'text', means: "the source's name", cef: 'sourceName' },
  destination: { type: 'text', means: "the destination's name", cef: 'destinationName' },
  location: { type: 'text', means: 'the place, such as `sftp://backup@host:22/path`', cef: 'location' },
  host: { type: 'text', means: "the destination's machine", cef: 'dhost' },
  path: { type: 'text', means: 'a folder or file', cef: 'filePath' },
  reason: { type: 'text', means: 'what went wrong, in words', cef: 'reason' },
  code: { type: 'text', means: 'failure code, see docs/errors.md', cef: 'failureCode' },
  since: { type: 'time', means: 'since when it has been so' },
  dueAt: { type: 'time', means: 'when it should have happened' },
  lastGoodAt: { type: 'time', means: 'when the newest good backup was made' },
  expiresAt: { type: 'time', means: 'when it ends being valid' },
  durationMs: { type: 'milliseconds', means: 'how long it took' },
  downMs: { type: 'milliseconds', means: 'how long it was away' },
  skewMs: { type: 'milliseconds', means: "how far our clock is from the other's; negative when ours is behind" },
  objectiveMs: { type: 'milliseconds', means: 'the age a newest good backup may reach' },
  bytesRead: { type: 'bytes', means: 'bytes read from the source', cef: 'in' },
  bytesSent: { type: 'bytes', means: 'bytes sent to the destination', cef: 'out' },
  freeBytes: { type: 'bytes', means: 'bytes free' },
  neededBytes: { type: 'bytes', means: 'bytes that the next run is expected to need' },
  usedPercent: { type: 'percent', means: 'share of the space in use' },
  files: { type: 'count', means: 'files in the backup' },
  secrets: { type: 'count', means: 'secrets in the kit' },
  skipped: { type: 'count', means: 'files or secrets that could not be read' },
  expected: { type: 'count', means: 'how many there were before, or should be' },
  found: { type: 'count', means: 'how many there are' },
  verified: { type: 'yes-no', means: 'true when what was written was read back and compared' },
  user: { type: 'text', means: "the acting account's name", cef: 'suser' },
  userId: { type: 'text', means: "the acting account's id", cef: 'suid' },
  userName: { type: 'text', means: "the acting person's full name", cef: 'sname' },
  role: { type: 'text', means: "the acting account's role", cef: 'spriv' },
  address: { type: 'text', means: 'network address the person came from', cef: 'src' },
  method: { type: 'text', means: 'HTTP method or `CLI`', cef: 'Method' },
  custodian: { type: 'text', means: "the custodian's name", cef: 'custodian' },
  keyId: { type: 'text', means: "the recovery key's id" },
  partsNeeded: { type: 'count', means: 'shares that open the recovery key' },
  partsSent: { type: 'count', means: 'shares that were given' },
  expectedFingerprint: { type: 'text', means: 'fingerprint that was pinned' },
  shownFingerprint: { type: 'text', means: 'fingerprint that the host shows now' },
  channel: { type: 'text', means: "the channel's name" },
  queued: { type: 'count', means: 'messages waiting' },
  dropped: { type: 'count', means: 'messages given up' },
  setting: { type: 'text', means: 'the setting that changed' },
  action: { type: 'text', means: 'what the person did or asks for', cef: 'act' },
  subject: { type: 'text', means: 'what it was done to' },
  approvedBy: { type: 'text', means: 'the second person who approved it' },
  auditHead: { type: 'text', means: 'SHA-256 of the newest audit entry' },
  snapshot: { type: 'text', means: "the snapshot's or kit's id" },
  recording: { type: 'text', means: "the recording's id" },
  sizeBefore: { type: 'bytes', means: 'size it had when it was first seen', cef: 'cs2' },
  sizeNow: { type: 'bytes', means: 'size it has now', cef: 'cs3' },
  sha256Before: { type: 'text', means: 'SHA-256 it had when it was first seen', cef: 'cs4' },
  sha256Now: { type: 'text', means: 'SHA-256 it has now', cef: 'cs5' },
} as const satisfies Record<string, FactKind>;

/** Name of a fact. */
export type FactName = keyof typeof eventFacts;

/** The value a fact has in code and JSON. Times may be given as Date; they become ISO text. */
export type FactValue<Name extends FactName> = (typeof eventFacts)[Name]['type'] extends 'text'
  ? string
  : (typeof eventFacts)[Name]['type'] extends 'time'
    ? Date | string
    : (typeof eventFacts)[Name]['type'] extends 'yes-no'
      ? boolean
      : number;
