// What this instance remembers of the kits it made: enough to know that nothing changed and to prove the last one again.
import type { Store } from '../../store/store.ts';

/** A kit that was proved at a destination. */
export interface RememberedKit {
  name: string;
  runId: string;
  basis: string;
  manifestSha256: string;
  records: number;
  createdAt: Date;
  provedAt: Date;
}

/** The newest kit of a scope (one job's way to one destination). */
export function lastKit(store: Store, scope: string): RememberedKit | undefined {
  const row = store.database.prepare('SELECT * FROM kit WHERE scope = ? ORDER BY name DESC LIMIT 1').get(scope);
  return row === undefined ? undefined : kitOfRow(row);
}

/** Every kit that is remembered, with its scope, the newest first. */
export function allKits(store: Store): (RememberedKit & { scope: string })[] {
  const rows = store.database.prepare('SELECT * FROM kit ORDER BY name DESC').all();
  return rows.map((row) => ({ ...kitOfRow(row), scope: String(row['scope']) }));
}

function kitOfRow(row: Record<string, unknown>): RememberedKit {
  return {
    name: String(row['name']),
    runId: String(row['run_id']),
    basis: String(row['basis']),
    manifestSha256: String(row['manifest_sha256']),
    records: Number(row['records']),
    createdAt: new Date(String(row['created_at'])),
    provedAt: new Date(String(row['proved_at'])),
  };
}

/** Remembers a kit, or that it was proved again. */
export function rememberKit(store: Store, scope: string, kit: RememberedKit): void {
  store.database
    .prepare(
      `INSERT OR REPLACE INTO kit (scope, name, run_id, basis, manifest_sha256, records, created_at, proved_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      scope,
      kit.name,
      kit.runId,
      kit.basis,
      kit.manifestSha256,
      kit.records,
      kit.createdAt.toISOString(),
      kit.provedAt.toISOString(),
    );
}

/** Notes that a kit at a destination was sealed to another key: from now on it has this manifest. */
export function noteResealedKit(store: Store, destination: string, name: string, manifestSha256: string): void {
  store.database
    .prepare(`UPDATE kit SET manifest_sha256 = ? WHERE name = ? AND substr(scope, instr(scope, '@') + 1) = ?`)
    .run(manifestSha256, name, destination);
}

/** Forgets a kit that retention removed. */
export function forgetKit(store: Store, scope: string, name: string): void {
  store.database.prepare('DELETE FROM kit WHERE scope = ? AND name = ?').run(scope, name);
}
