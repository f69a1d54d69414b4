// What both suites in the guest share: where the servers are, how destinations are made, how the host is asked.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { addDestination, findDestination } from '../../src/destinations/destination.ts';
import type { DestinationContext } from '../../src/destinations/open.ts';
import { instanceKeyFrom } from '../../src/store/instance-key.ts';
import { memoryStore } from '../../src/store/store.ts';
import type { LabRequest } from './lab.ts';

const lab = process.env['LAB'] ?? '';

/** The servers, as the host made them. */
export const facts = JSON.parse(readFileSync(join(lab, 'facts.json'), 'utf8')) as Record<
  | 'smbUser'
  | 'smbPassword'
  | 'smbFolder'
  | 'nfsFolder'
  | 'smbDisk'
  | 'nfsDisk'
  | 'smbLimited'
  | 'nfsLimited'
  | 'settings',
  string
>;

/** The kinds under test. */
export const kinds = ['cifs', 'nfs'] as const;

/** A kind under test. */
export type Kind = (typeof kinds)[number];

/** The host's folder behind a destination of that name. The guest's root is the host's. */
export const folderBehind = (kind: Kind, name: string): string =>
  join(kind === 'cifs' ? facts.smbFolder : facts.nfsFolder, name);

/** Keeps a destination below a folder of its own. */
export function labDestination(kind: Kind, name: string, config: Record<string, unknown> = {}) {
  const store = memoryStore();
  const context: DestinationContext = {
    store,
    instanceKey: instanceKeyFrom(Buffer.alloc(32, 1)),
    home: '/run/orbit-home',
  };
  const host = '10.96.0.1';
  const cifs = { host, path: `/backup/${name}`, user: facts.smbUser, password: facts.smbPassword };
  const nfs = { host, path: `${facts.nfsFolder}/${name}`, version: '4.1' };
  if (kind === 'nfs') mkdirSync(folderBehind(kind, name), { recursive: true });
  const settings = { ...(kind === 'cifs' ? cifs : nfs), ...config };
  addDestination(store, context.instanceKey, { name, kind, config: settings });
  return { context, destination: () => findDestination(store, name) };
}

let requests = 0;

/** Asks the host, and gives its answer. */
export async function askHost(request: LabRequest): Promise<string> {
  requests += 1;
  const name = join(lab, 'requests', `${process.pid}-${requests}`);
  writeFileSync(`${name}.tmp`, JSON.stringify(request));
  renameSync(`${name}.tmp`, `${name}.json`);
  while (!existsSync(`${name}.done`)) await pause(50);
  for (let text = ''; ; await pause(50)) {
    text = readFileSync(`${name}.done`, 'utf8');
    if (text !== '') return text;
  }
}
