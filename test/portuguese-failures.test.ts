// Whoever reads the console in Portuguese meets no failure in English: every code that the service can answer with has its text.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { failuresInPortuguese } from '../src/base/failure-texts/portuguese-failures.ts';

const text = (file: string): string => readFileSync(file, 'utf8');
const documented = new Set([...text('docs/errors.md').matchAll(/^### `([^`]+)`/gm)].map(([, code = '']) => code));

/** Files that the service loads: those it imports, later or in a thread too; what it imports only for types says nothing. */
function loadedBy(starts: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const waiting = [...starts];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file) || !existsSync(file)) continue;
    seen.add(file);
    const found = text(file).matchAll(
      /^(?:import|export)\b(?! type\b)[^;]*?from\s*'(\.[^']+)'|import\(\s*'(\.[^']+)'|new URL\('(\.[^']+\.ts)'/gm,
    );
    for (const [, one, other, third] of found) waiting.push(join(dirname(file), one ?? other ?? third ?? ''));
  }
  return seen;
}

test('every failure that the service can answer or keep has a Portuguese text, and every text its failure', () => {
  // The API with all that it starts, and what goes on beside it.
  const beside = ['src/jobs/verification.ts', 'src/reports/send-report.ts', 'src/jobs/drill-schedule.ts'];
  const files = loadedBy(['src/api/server.ts', ...beside]);
  assert.ok(files.size > 500, 'the imports were found');
  const codes = new Set(
    [...files].flatMap((file) =>
      [...text(file).matchAll(/'([a-z][a-z-]*\.[a-z0-9-]+)'/g)].map(([, code = '']) => code),
    ),
  );
  const reachable = [...codes].filter((code) => documented.has(code));
  assert.ok(reachable.length > 250, 'the codes were found');
  assert.deepEqual(reachable.filter((code) => failuresInPortuguese[code] === undefined).sort(), []);
  for (const [code, { detail, hint }] of Object.entries(failuresInPortuguese)) {
    assert.ok(documented.has(code), `${code} is no failure any more`);
    assert.ok(detail.length > 8 && hint.length > 3, code);
  }
});
