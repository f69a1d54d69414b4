// Writes what the list shows into a KDBX file under a new password, for the days until the vault is back.
import type { KdbxEntry } from '../../src/kdbx/kdbx-types.ts';
import { saveKdbx } from '../../src/kdbx/save-kdbx.ts';
import { browserCrypto } from './browser-crypto.ts';
import { announce, download, el } from './dom.ts';
import { nextPaint } from './open-vault.ts';
import type { View } from './session.ts';

const minPasswordLength = 12;
// In JavaScript a pass takes about a second; 64 MiB is what phones have, too.
const kdf = { kind: 'argon2id', memoryKiB: 64 * 1024, passes: 3, parallelism: 1 } as const;

/** Asks for a password and saves a file of these entries. */
export function exportDialog({ session }: View, entries: readonly KdbxEntry[]): void {
  const { texts } = session;
  const first = el('input', { id: 'export-password', type: 'password', autocomplete: 'new-password' });
  const again = el('input', { id: 'export-again', type: 'password', autocomplete: 'new-password' });
  const error = el('p', { class: 'error', role: 'alert' });
  const bar = el('progress', { max: 1, value: 0, hidden: true, 'aria-label': texts.thinking });
  const button = el('button', { class: 'main', type: 'submit' }, texts.exportGo);
  const write = async (event: Event): Promise<void> => {
    event.preventDefault();
    const fault =
      first.value.length < minPasswordLength
        ? texts.exportShort
        : first.value === again.value
          ? ''
          : texts.exportDiffers;
    error.textContent = fault;
    if (fault !== '') return (fault === texts.exportShort ? first : again).focus();
    button.disabled = true;
    bar.hidden = false;
    await nextPaint();
    try {
      const crypto = browserCrypto((part) => (bar.value = part));
      const password = first.value;
      const bytes = await saveKdbx(
        crypto,
        entries,
        { password: { reveal: () => password } },
        { kdf, name: session.manifest.kit },
      );
      download(`orbit-${session.manifest.kit}.kdbx`, bytes);
      session.record?.seen.push({
        entry: '',
        title: '',
        value: `export of ${entries.length}`,
        how: 'downloaded',
        at: new Date().toISOString(),
      });
      session.isRecordUnsaved = true;
      dialog.close();
      announce(texts.exportDone);
    } catch {
      error.textContent = texts.exportFailed;
      button.disabled = false;
      bar.hidden = true;
    }
  };
  const dialog = el(
    'dialog',
    { class: 'card', 'aria-labelledby': 'export-title', onclose: () => dialog.remove() },
    el(
      'form',
      { novalidate: true, onsubmit: (event: Event) => void write(event) },
      el('h2', { id: 'export-title' }, texts.exportTitle),
      el('p', { class: 'dim' }, texts.exportNote(session.countText(entries.length))),
      el('label', { for: 'export-password' }, texts.exportPassword),
      first,
      el('label', { for: 'export-again' }, texts.exportRepeat),
      again,
      error,
      bar,
      el(
        'div',
        { class: 'row' },
        button,
        el('button', { class: 'quiet', type: 'button', onclick: () => dialog.close() }, texts.cancel),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
