// The master password, typed.
import { el } from './dom.ts';
import { keyByPassword } from './recovery-key.ts';
import type { View } from './session.ts';
import type { Unlock } from './unlock-view.ts';

/** Draws the form. The password is handed on and forgotten. */
export function passwordForm({ session }: View, unlock: Unlock): HTMLElement {
  const { texts } = session;
  const input = el('input', {
    id: 'master-password',
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    autocapitalize: 'none',
    required: true,
    'aria-describedby': 'caps-lock',
    'data-focus': true,
  });
  const caps = el('p', { class: 'hint', id: 'caps-lock', 'aria-live': 'polite' });
  const button = el('button', { class: 'main', type: 'submit' }, texts.open);
  const show = el('input', {
    type: 'checkbox',
    onchange: () => {
      input.type = show.checked ? 'text' : 'password';
    },
  });
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (input.value === '' || button.disabled) return input.focus();
    const password = input.value;
    button.disabled = true;
    const wrapped = session.files.get('recovery-key.age') ?? new Uint8Array();
    if (await unlock((waiting) => keyByPassword(wrapped, password, waiting).then((key) => [key]))) return;
    button.disabled = false;
    input.focus();
    input.select();
  };
  return el(
    'form',
    {
      novalidate: true,
      onsubmit: (event: Event) => void submit(event),
      onkeyup: (event: KeyboardEvent) => {
        caps.textContent = event.getModifierState?.('CapsLock') ? texts.capsLock : '';
      },
    },
    el('label', { for: 'master-password' }, texts.password),
    input,
    caps,
    el('label', { class: 'check' }, show, texts.showPassword),
    button,
  );
}
