// Orbit as it was installed in a machine that runs: its program, its data, its service.
import assert from 'node:assert/strict';
import type { Run } from '../../src/jobs/run.ts';
import type { BootedMachine } from './booted-machine.ts';

/** The program. */
export const orbit = '/mnt/orbit/bin/orbit';
/** The same as the service's own user, on its data, as docs/install.md says. */
export const asOrbit = `setpriv --reuid orbit --regid orbit --init-groups env ORBIT_HOME=/var/lib/orbit XDG_CACHE_HOME=/var/cache/orbit ${orbit}`;

/** Asks the service, from inside its machine. */
export function ask(method: string, path: string, token = ''): string {
  const program = `const [method, path, token] = process.argv.slice(1);
const answer = await fetch('http://127.0.0.1:7420' + path, { method, headers: { authorization: 'Bearer ' + token } });
console.log(await answer.text())`;
  return `/mnt/orbit/node_modules/node-linux-*/bin/node -e '${program.replaceAll("'", `'\\''`)}' ${method} '${path}' '${token}'`;
}

/** A token with these scopes. */
export async function tokenFor(machine: BootedMachine, ...scopes: string[]): Promise<string> {
  const made = await machine.sh(
    `${asOrbit} token add ${scopes.join('-').replaceAll(':', '-')}-$$ --scope ${scopes.join(' ')} --json`,
  );
  return (JSON.parse(made) as { token: string }).token;
}

/** Has the service run the system job, or waits for the run that it began by itself, and gives it when it is over. */
export async function runSystemJob(machine: BootedMachine): Promise<Run> {
  const token = await tokenFor(machine, 'backups:run', 'backups:read');
  const answer = JSON.parse(await machine.sh(ask('POST', '/api/v1/jobs/system/runs', token))) as {
    run?: Run;
    facts?: { run?: number };
  };
  const id = answer.run?.id ?? answer.facts?.run;
  assert.ok(id !== undefined, JSON.stringify(answer));
  // The run's own outcome stands before its results, each of which has one as soon as its destination is done.
  const over = /^[^[]*"outcome":"(succeeded|failed|partial)"/;
  return JSON.parse(await machine.until(ask('GET', `/api/v1/runs/${id}`, token), over)) as Run;
}
