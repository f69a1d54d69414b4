// Certificates below folders, and until when they are good: on the new machine the first question after "does it start?".
import { X509Certificate } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const fileBytesMax = 256 * 1024;
const filesMax = 20_000;

/** Lines `expiry<TAB>path<TAB>subject`, the first to expire first. Files that are no certificates are passed over. */
export async function certificateLines(folders: readonly string[]): Promise<string> {
  const lines: string[] = [];
  let seen = 0;
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(folder, entry.name);
      // The authorities that every system brings say nothing of this machine.
      if (entry.isDirectory() && path !== '/etc/ssl/certs') await walk(path);
      if (!entry.isFile() || !/\.(pem|crt|cer|cert)$/i.test(entry.name) || (seen += 1) > filesMax) continue;
      lines.push(...(await linesOf(path)));
    }
  };
  for (const folder of folders) await walk(folder);
  return lines
    .sort()
    .map((line) => `${line}\n`)
    .join('');
}

async function linesOf(path: string): Promise<string[]> {
  const size = (await stat(path).catch(() => undefined))?.size ?? Infinity;
  if (size > fileBytesMax) return [];
  const text = await readFile(path, 'utf8').catch(() => '');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      const certificate = new X509Certificate(block);
      const until = certificate.validToDate.toISOString();
      return [`${until}\t${path}\t${certificate.subject.replaceAll('\n', ', ')}`];
    } catch {
      return [];
    }
  });
}
