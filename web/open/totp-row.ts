// The one-time code of a secret, live, hidden like every other value until it is asked for.
import { copyValue } from './clipboard.ts';
import { el, icon } from './dom.ts';
import { icons } from './icons.ts';
import type { View } from './session.ts';
import { type ShownValue, valueRow } from './secret-value.ts';
import { parseTotp, totpCode } from './totp.ts';

/** A row with the code, how long it lives, and a button to copy it. */
export function totpRow(view: View, uri: string, seen: ShownValue['seen']): HTMLElement {
  const { session } = view;
  const { texts } = session;
  const settings = parseTotp(uri);
  if (settings === undefined) {
    const row = valueRow(view, { label: texts.code, value: uri, isSecret: true, seen });
    return el('div', {}, row, el('p', { class: 'hint' }, texts.codeUnreadable));
  }
  const code = el('span', { class: 'value code' }, '…');
  const left = el('span', { class: 'dim' });
  const bar = el('progress', { max: settings.periodSeconds, value: 0, 'aria-hidden': 'true' });
  const said = el('p', { class: 'said', role: 'status' });
  let isNoted = false;
  const tick = async (): Promise<void> => {
    const now = await totpCode(settings, Date.now());
    code.textContent = now.code.replace(/^(.{3})(?=.{3,}$)/, '$1 ');
    left.textContent = texts.codeLeft(now.secondsLeft);
    bar.value = now.secondsLeft;
  };
  const note = (how: 'shown' | 'copied'): void => {
    if (!isNoted || how === 'copied') session.saw({ ...seen, how });
    isNoted = true;
  };
  void tick();
  note('shown');
  const timer = setInterval(() => void tick(), 1000);
  view.gone.addEventListener('abort', () => clearInterval(timer));
  const copy = async (): Promise<void> => {
    const now = await totpCode(settings, Date.now());
    if (await copyValue(now.code, texts.code, texts, (words) => (said.textContent = words))) note('copied');
  };
  return el(
    'div',
    { class: 'field' },
    el('span', { class: 'label' }, texts.code),
    el('span', { class: 'totp' }, code, left, bar),
    el(
      'span',
      { class: 'buttons' },
      el(
        'button',
        {
          class: 'quiet round',
          type: 'button',
          'aria-label': texts.copy(texts.code),
          title: texts.copy(texts.code),
          onclick: () => void copy(),
        },
        icon(icons.copy),
      ),
    ),
    said,
  );
}
