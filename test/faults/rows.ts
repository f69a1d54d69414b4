// Faults that every server on a line can have, and how a table of faults is gone through.
import type { TestContext } from 'node:test';
import type { Line } from '../support/line.ts';
import { dropPackets, lonelyAddress, networkSkip } from '../support/network.ts';
import type { Fault, storyAt } from './story.ts';

/** A real server behind a line. */
export interface Site {
  server: { kill(): void; freeze(): void; thaw(): void; restart(): Promise<void> };
  line: Line;
  /** Where runs go; a fault may point it elsewhere. */
  address: { host: string; port: number };
}

/** A fault of a table. `strike` and `mend` get the site. */
export type Row<Of> = Omit<Fault, 'withinSeconds' | 'strike' | 'mend'> & {
  skip?: string | false;
  strike(site: Of, context: TestContext): unknown;
  mend(site: Of): unknown;
};

const passPackets = new Map<Site, () => void>();

/** What hosts and networks do; `port` is the one that a server of this kind has as a rule. */
export function lineFaults(port: number): Record<string, Row<Site>> {
  const silent = {
    codes: ['backend.timeout', 'backend.unreachable'],
    says: /overloaded or hangs|no firewall between/,
  };
  return {
    'the host is down': {
      codes: ['backend.unreachable'],
      says: /Is the host up/,
      strike: ({ server }) => server.kill(),
      mend: ({ server }) => server.restart(),
    },
    'nobody answers at that address, not even ARP': {
      ...silent,
      skip: networkSkip,
      strike: (site, context) => (site.address = { host: lonelyAddress(context), port }),
      mend: (site) => (site.address = site.line),
    },
    'packets are dropped in silence': {
      ...silent,
      skip: networkSkip,
      strike: (site, context) => passPackets.set(site, dropPackets(context, site.line.port)),
      mend: (site) => passPackets.get(site)?.(),
    },
    'the route is lost in the middle of a transfer': {
      ...silent,
      strike: ({ line }) => line.afterBytes(300_000, () => line.swallow()),
      mend: ({ line }) => line.pass(),
    },
    'the server stands still': {
      ...silent,
      strike: ({ server }) => server.freeze(),
      mend: ({ server }) => server.thaw(),
    },
    'the server is killed in the middle of a transfer': {
      codes: ['backend.unreachable'],
      says: /Orbit tries again by itself/,
      strike: ({ line, server }) => line.afterBytes(300_000, () => server.kill()),
      mend: ({ server }) => server.restart(),
    },
  };
}

/** Goes through a table, one test a row. */
export async function sufferAll<Of>(
  context: TestContext,
  kind: string,
  of: { story: Awaited<ReturnType<typeof storyAt>>; site: Of; withinSeconds: number },
  rows: Record<string, Row<Of>>,
): Promise<void> {
  const { story, site, withinSeconds } = of;
  for (const [name, { strike, mend, skip, ...fault }] of Object.entries(rows)) {
    await context.test(`${kind}: ${name}`, { skip: skip ?? false }, async (inner) => {
      await story.suffers({ ...fault, withinSeconds, strike: () => strike(site, inner), mend: () => mend(site) });
    });
  }
}
