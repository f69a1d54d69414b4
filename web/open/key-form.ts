// The key of a team or of another recipient: pasted, or chosen as a file, with its passphrase when it has one.
import { el } from './dom.ts';
import { isProtectedKeyFile, keysOfFile } from './key-file.ts';
import type { View } from './session.ts';
import type { Unlock } from './unlock-view.ts';

/** Draws the form. The key is handed on and forgotten. */
export function keyForm({ session }: View, unlock: Unlock): HTMLElement {
  const { texts } = session;
  const input = el('input', {
    id: 'team-key',
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    autocapitalize: 'none',
    placeholder: 'AGE-SECRET-KEY-1…',
    'data-focus': true,
  });
  const file = el('input', { id: 'team-key-file', type: 'file' });
  const passphrase = el('input', {
    id: 'team-passphrase',
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    autocapitalize: 'none',
  });
  const withPassphrase = el(
    'div',
    { hidden: true },
    el('label', { for: 'team-passphrase' }, texts.keyPassphrase),
    passphrase,
  );
  const button = el('button', { class: 'main', type: 'submit' }, texts.open);
  const given = async (): Promise<Uint8Array> => {
    const chosen = file.files?.[0];
    return chosen === undefined ? new TextEncoder().encode(input.value) : new Uint8Array(await chosen.arrayBuffer());
  };
  const look = async (): Promise<void> => {
    withPassphrase.hidden = !isProtectedKeyFile(await given());
  };
  file.addEventListener('change', () => void look());
  input.addEventListener('input', () => void look());
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const key = await given();
    if (button.disabled) return;
    if (key.length === 0) return input.focus();
    if (!withPassphrase.hidden && passphrase.value === '') return passphrase.focus();
    button.disabled = true;
    const isOpen = await unlock((waiting) => keysOfFile(key, passphrase.value, waiting));
    key.fill(0);
    if (isOpen) return;
    button.disabled = false;
    (withPassphrase.hidden ? input : passphrase).focus();
  };
  return el(
    'form',
    { novalidate: true, onsubmit: (event: Event) => void submit(event) },
    el('p', { class: 'dim' }, texts.keyNote),
    el('label', { for: 'team-key' }, texts.keyText),
    input,
    el('label', { for: 'team-key-file' }, texts.keyFile),
    file,
    withPassphrase,
    button,
  );
}
