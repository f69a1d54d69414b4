// The layouts Orbit knows, and those that were added here.
import { z } from 'zod';
import type { Store } from '../../store/store.ts';
import { factNames, type Layout, pathPattern } from './layout.ts';

const beside: Layout['side'] = [
  { path: '{stem}.json' },
  { path: '{name}.json' },
  { path: '{stem}.yaml' },
  { path: '{stem}.yml' },
];
const lists: Layout['side'] = [
  { path: 'sessions.csv', key: 'file' },
  { path: 'recordings.csv', key: 'file' },
];

/** Built in. The first whose template fits a path reads it; its side files tell more than the recording's own header. */
export const knownLayouts: readonly Layout[] = [
  // JumpServer: replay/2024-05-01/<session>.replay.gz, its sessions as the API gives them beside.
  {
    name: 'jumpserver',
    path: '{year}-{month}-{day}/{sessionId}.*',
    side: [{ path: '{sessionId}.json' }, { path: '{sessionId}.replay.json' }],
  },
  // guacd with recording-name ${GUAC_USERNAME}-${GUAC_DATE}-${GUAC_TIME}, below the history's UUID or not.
  { name: 'guacamole', path: '{user}-{year}{month}{day}-{hour}{minute}{second}*', side: beside },
  { name: 'guacamole-history', path: '{uuid}/{title}', side: beside },
  // The documented system: arz/YYYY/MMDD/<id>.
  { name: 'dated-folders', path: '{year}/{month}{day}/{sessionId}', side: [...beside, ...lists] },
  { name: 'dated-folders-deep', path: '{year}/{month}/{day}/{sessionId}.*', side: [...beside, ...lists] },
  { name: 'beside', side: [...beside, ...lists] },
];

const fieldNames = [...factNames, 'startedAt', 'endedAt', 'durationSeconds', 'tags'] as const;

/** A layout as people give it. */
export const layoutSchema = z.strictObject({
  name: z.string().min(1).max(64),
  path: z.string().min(1).max(500).optional(),
  side: z
    .array(
      z.strictObject({
        path: z
          .string()
          .min(1)
          .max(500)
          .refine(
            (path) => !path.startsWith('/') && !/\.\.(?!\/)|(\.\.\/.*){3}/.test(path),
            'must lie in the folder or at most two above',
          ),
        key: z.string().max(100).optional(),
        fields: z.partialRecord(z.enum(fieldNames), z.string().max(200)).optional(),
      }),
    )
    .max(10)
    .optional(),
});

const settingName = 'recordings.layouts';

/** Layouts that were added here, then those built in. */
export function allLayouts(store: Store): Layout[] {
  return [...ownLayouts(store), ...knownLayouts];
}

/** Layouts that were added here. */
export function ownLayouts(store: Store): Layout[] {
  const row = store.database.prepare('SELECT value FROM setting WHERE name = ?').get(settingName);
  return row === undefined ? [] : (z.array(layoutSchema).parse(JSON.parse(String(row['value']))) as Layout[]);
}

/** Adds a layout, or puts it in the place of the one with its name. @throws Failure `recordings.bad-layout` */
export function saveLayout(store: Store, layout: Layout): void {
  if (layout.path !== undefined) pathPattern(layout.path);
  keep(store, [...ownLayouts(store).filter(({ name }) => name !== layout.name), layout]);
}

/** Removes a layout of one's own; false when there is none of this name. */
export function removeLayout(store: Store, name: string): boolean {
  const all = ownLayouts(store);
  const left = all.filter((layout) => layout.name !== name);
  keep(store, left);
  return left.length < all.length;
}

function keep(store: Store, layouts: Layout[]): void {
  store.database
    .prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)')
    .run(settingName, JSON.stringify(layouts));
}
