// The one-time code of a secret: hidden like every other value until it is asked for, and live while it is shown.
import { copyValue } from './clipboard.ts';
import { announce, el, icon } from './dom.ts';
import { icons } from './icons.ts';
import { hidable, relabel, type ShownValue, valueRow } from './secret-value.ts';
import type { View } from './session.ts';
import { parseTotp, totpCode } from './totp.ts';

/** A row with the code, how long it lives, and buttons to show and to copy it. */
export function totpRow(view: View, uri: string, seen: ShownValue['seen']): HTMLElement {
  const { session } = view;
  const { texts } = session;
  const settings = parseTotp(uri);
  if (settings === undefined) {
    const row = valueRow(view, { label: texts.code, value: uri, isSecret: true, seen });
    return el('div', {}, row, el('p', { class: 'hint' }, texts.codeUnreadable));
  }
  const code = el('span', { class: 'value code' });
  const left = el('span', { class: 'dim' });
  const bar = el('progress', { max: settings.periodSeconds, value: 0, 'aria-hidden': 'true' });
  const said = el('p', { class: 'said', role: 'status' });
  const button = el('button', { class: 'quiet round', type: 'button' });
  let timer: ReturnType<typeof setInterval> | undefined;
  const tick = async (): Promise<void> => {
    const now = await totpCode(settings, Date.now());
    if (timer === undefined) return;
    code.textContent = now.code.replace(/^(.{3})(?=.{3,}$)/, '$1 ');
    left.textContent = texts.codeLeft(now.secondsLeft);
    bar.value = now.secondsLeft;
  };
  const show = (): void => {
    code.classList.remove('masked');
    code.removeAttribute('aria-label');
    left.hidden = bar.hidden = false;
    timer = setInterval(() => void tick(), 1000);
    void tick();
    relabel(button, icons.hide, texts.hide(texts.code), true);
    session.saw({ ...seen, how: 'shown' });
    announce(texts.revealed(texts.code));
  };
  const hide = (): void => {
    clearInterval(timer);
    timer = undefined;
    code.textContent = '••• •••';
    code.classList.add('masked');
    code.setAttribute('aria-label', texts.hidden);
    left.hidden = bar.hidden = true;
    relabel(button, icons.eye, texts.reveal(texts.code), false);
  };
  button.addEventListener(
    'click',
    hidable(show, hide, () => session.saw({ ...seen, how: 'printed' })),
  );
  const copy = async (): Promise<void> => {
    const now = await totpCode(settings, Date.now());
    const done = await copyValue(now.code, texts.code, texts, (words) => (said.textContent = words));
    if (done) session.saw({ ...seen, how: 'copied' });
  };
  const copyText = texts.copy(texts.code);
  return el(
    'div',
    { class: 'field' },
    el('span', { class: 'label' }, texts.code),
    el('span', { class: 'totp' }, code, left, bar),
    el(
      'span',
      { class: 'buttons' },
      button,
      el(
        'button',
        { class: 'quiet round', type: 'button', 'aria-label': copyText, title: copyText, onclick: () => void copy() },
        icon(icons.copy),
      ),
    ),
    said,
  );
}
