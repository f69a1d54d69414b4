// One value of a secret: hidden until asked for, one at a time, and hidden again by itself.
import { copyValue } from './clipboard.ts';
import { announce, el, icon } from './dom.ts';
import { icons } from './icons.ts';
import type { SeenValue } from './opening-record.ts';
import type { View } from './session.ts';

const shownMs = 30_000;
let hideCurrent: (() => void) | undefined;

/** Hides the value that is shown, if one is. */
export function hideRevealed(): void {
  hideCurrent?.();
}

/** A value and how it is shown. */
export interface ShownValue {
  label: string;
  value: string;
  isSecret: boolean;
  /** What the opening record says when it is seen; plain values are not noted. */
  seen: Pick<SeenValue, 'entry' | 'title' | 'value'>;
  isLong?: boolean;
}

/** A row: name, value, buttons to show and to copy. */
export function valueRow({ session }: View, shown: ShownValue): HTMLElement {
  const { texts } = session;
  const { label, value, isSecret } = shown;
  const name = label;
  const text = el(shown.isLong ? 'pre' : 'span', { class: 'value' });
  const said = el('p', { class: 'said', role: 'status' });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hide = (): void => {
    clearTimeout(timer);
    hideCurrent = undefined;
    text.textContent = '••••••••••';
    text.classList.add('masked');
    text.setAttribute('aria-label', texts.hidden);
    if (button !== undefined) relabel(button, icons.eye, texts.reveal(name), 'false');
  };
  const show = (): void => {
    hideRevealed();
    text.textContent = value;
    text.classList.remove('masked');
    text.removeAttribute('aria-label');
    if (button !== undefined) relabel(button, icons.hide, texts.hide(name), 'true');
    session.saw({ ...shown.seen, how: 'shown' });
    announce(texts.revealed(name));
    hideCurrent = hide;
    timer = setTimeout(hide, shownMs);
  };
  const toggle = (): void => {
    if (text.classList.contains('masked')) show();
    else hide();
  };
  const button = isSecret ? el('button', { class: 'quiet round', type: 'button', onclick: toggle }) : undefined;
  if (isSecret) hide();
  else text.textContent = value;
  const copy = async (): Promise<void> => {
    const done = await copyValue(value, name, texts, (words) => (said.textContent = words));
    if (done && isSecret) session.saw({ ...shown.seen, how: 'copied' });
  };
  return el(
    'div',
    { class: shown.isLong ? 'field long' : 'field' },
    el('span', { class: 'label' }, label),
    text,
    el(
      'span',
      { class: 'buttons' },
      button,
      el(
        'button',
        {
          class: 'quiet round',
          type: 'button',
          'aria-label': texts.copy(name),
          title: texts.copy(name),
          onclick: () => void copy(),
        },
        icon(icons.copy),
      ),
    ),
    said,
  );
}

function relabel(button: HTMLElement, path: string, text: string, pressed: string): void {
  button.replaceChildren(icon(path));
  button.setAttribute('aria-label', text);
  button.setAttribute('aria-pressed', pressed);
  button.title = text;
}
