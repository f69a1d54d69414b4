// Public keys as people give them to commands: written out, or in files.
import { readFile } from 'node:fs/promises';
import type { ExtraRecipient } from '../breakglass/recovery-key-store.ts';

/** A recipient is written out, or is the name of a file with one key a line; its comment becomes its title. */
export async function recipientsGiven(given: string[]): Promise<ExtraRecipient[]> {
  const recipients: ExtraRecipient[] = [];
  for (const text of given) {
    const lines = /^(age1|ssh-)/.test(text) ? [text] : (await readFile(text, 'utf8')).split(/\r?\n/);
    for (const line of lines.map((one) => one.trim()).filter((one) => one !== '' && !one.startsWith('#'))) {
      recipients.push({ recipient: line, title: line.startsWith('ssh-') ? line.split(/\s+/).slice(2).join(' ') : '' });
    }
  }
  return recipients;
}
