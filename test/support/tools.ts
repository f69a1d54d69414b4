// Programs nobody here wrote, by which the tests judge us.
import { hasProgram } from '../../scripts/install-test-tools.ts';

/**
 * For a test's options: skips it, and says why, where one of the programs is missing.
 * Use as `test('…', needs('restic', 'age'), async () => …)`.
 */
export function needs(...programs: string[]): { skip: string | false } {
  const missing = programs.filter((program) => !hasProgram(program));
  return { skip: missing.length > 0 ? `needs ${missing.join(', ')}` : false };
}
