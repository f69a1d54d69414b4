// One value of a secret: hidden until asked for, one at a time, and hidden again by itself.
import { copyValue } from './clipboard.ts';
import { announce, el, icon } from './dom.ts';
import { icons } from './icons.ts';
import type { SeenValue } from './opening-record.ts';
import type { View } from './session.ts';

const shownMs = 30_000;
let current: { hide: () => void; notePrinted: () => void } | undefined;

/** Hides the value that is shown, if one is. */
export function hideRevealed(): void {
  current?.hide();
}

/** Notes that the page goes to a printer, and with it the value that is shown, if one is. */
export function noteRevealedPrinted(): void {
  current?.notePrinted();
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

/**
 * Hides at once, and gives the listener of a button that shows and hides in turn. What is shown hides what was shown
 * before it, and is hidden after 30 seconds. `notePrinted` is called when the page is printed while it is shown.
 */
export function hidable(show: () => void, hide: () => void, notePrinted: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hideNow = (): void => {
    clearTimeout(timer);
    if (current?.hide === hideNow) current = undefined;
    hide();
  };
  hide();
  return () => {
    if (current?.hide === hideNow) return hideNow();
    hideRevealed();
    show();
    current = { hide: hideNow, notePrinted };
    timer = setTimeout(hideNow, shownMs);
  };
}

/** A row: name, value, buttons to show and to copy. */
export function valueRow({ session }: View, shown: ShownValue): HTMLElement {
  const { texts } = session;
  const { label, value, isSecret } = shown;
  const text = el(shown.isLong ? 'pre' : 'span', { class: 'value' });
  const said = el('p', { class: 'said', role: 'status' });
  const button = isSecret ? el('button', { class: 'quiet round', type: 'button' }) : undefined;
  if (button === undefined) text.textContent = value;
  else
    button.addEventListener(
      'click',
      hidable(show, hide, () => session.saw({ ...shown.seen, how: 'printed' })),
    );
  function show(): void {
    text.textContent = value;
    text.classList.remove('masked');
    text.removeAttribute('aria-label');
    if (button !== undefined) relabel(button, icons.hide, texts.hide(label), true);
    session.saw({ ...shown.seen, how: 'shown' });
    announce(texts.revealed(label));
  }
  function hide(): void {
    text.textContent = '••••••••••';
    text.classList.add('masked');
    text.setAttribute('aria-label', texts.hidden);
    if (button !== undefined) relabel(button, icons.eye, texts.reveal(label), false);
  }
  const copy = async (): Promise<void> => {
    const done = await copyValue(value, label, texts, (words) => (said.textContent = words));
    if (done && isSecret) session.saw({ ...shown.seen, how: 'copied' });
  };
  const copyText = texts.copy(label);
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
        { class: 'quiet round', type: 'button', 'aria-label': copyText, title: copyText, onclick: () => void copy() },
        icon(icons.copy),
      ),
    ),
    said,
  );
}

/** Gives a button that shows and hides its present meaning. */
export function relabel(button: HTMLElement, path: string, text: string, isPressed: boolean): void {
  button.replaceChildren(icon(path));
  button.setAttribute('aria-label', text);
  button.setAttribute('aria-pressed', String(isPressed));
  button.title = text;
}
