// Writes the unreleased part of CHANGELOG.md from the files of changes/, one line each: `node scripts/changelog.ts`. A test compares them.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';

const file = new URL('../CHANGELOG.md', import.meta.url);
const folder = new URL('../changes/', import.meta.url);

/** The text of CHANGELOG.md. */
export function changelog(): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.md'));
  const lines = files.sort().flatMap((name) =>
    readFileSync(new URL(name, folder), 'utf8')
      .split(/\n(?=- )|\n\n/)
      .map((text) => `- ${text.trim().replace(/^- /, '').replaceAll('\n', ' ')}`)
      .filter((line) => line !== '- '),
  );
  return `# Changelog

Notable changes, in users' words. Each lies in a file of \`changes/\` until a version is released.

## 0.1.0 (not released yet)

The first version.

${lines.join('\n')}
`;
}

if (import.meta.main) writeFileSync(file, changelog());
