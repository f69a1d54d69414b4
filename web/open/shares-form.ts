// The custodians' shares, one after the other, each checked as it is typed.
import { setNameOf, type Share } from '../../src/breakglass/shares/share.ts';
import { announce, el, icon } from './dom.ts';
import { icons } from './icons.ts';
import { keyByShares, type RecoveryKey } from './recovery-key.ts';
import { shareEntry } from './share-entry.ts';
import type { formats, Texts } from './texts.ts';

/** What the form says, and how many shares open the key, where that is known. */
export interface SharesWanted {
  texts: Texts;
  formats: Pick<ReturnType<typeof formats>, 'number'>;
  threshold: number | null;
  count: number | null;
}

/** Opens with the key that `get` makes of the shares of these numbers. Resolves to false when it did not open. */
export type UnlockByShares = (get: () => Promise<RecoveryKey>, numbers: number[]) => Promise<boolean>;

/** Draws the form. */
export function sharesForm({ texts, formats, threshold, count }: SharesWanted, unlock: UnlockByShares): HTMLElement {
  const shares: Share[] = [];
  const list = el('ol', { class: 'shares' });
  const place = el('div', {});
  const more = el('p', { class: 'hint', role: 'status' });
  const button = el('button', { class: 'main', type: 'submit', disabled: true }, texts.open);

  const refuse = (share: Share): string | undefined => {
    const [first] = shares;
    if (first === undefined) return undefined;
    if (first.setId !== share.setId || first.threshold !== share.threshold) {
      return texts.otherSet(setNameOf(share), setNameOf(first));
    }
    return shares.some((other) => other.index === share.index) ? texts.repeated(share.index + 1) : undefined;
  };
  const draw = (focus: boolean): void => {
    const wanted = shares[0]?.threshold ?? threshold ?? 2;
    const missing = Math.max(0, wanted - shares.length);
    list.replaceChildren(...shares.map((share) => accepted(share)));
    more.textContent = shares.length === 0 ? '' : missing === 0 ? texts.enoughShares : texts.moreShares(missing);
    button.disabled = missing > 0;
    place.replaceChildren();
    if (missing === 0) {
      if (focus) button.focus();
      return;
    }
    const entry = shareEntry(texts, shares.length + 1, (share) => {
      const reason = refuse(share);
      if (reason !== undefined) return reason;
      shares.push(share);
      draw(true);
      announce(`${texts.accepted(share.index + 1, setNameOf(share))} ${more.textContent}`);
      return undefined;
    });
    place.append(entry.element);
    if (focus) entry.focus();
  };
  const accepted = (share: Share): HTMLElement =>
    el(
      'li',
      {},
      icon(icons.check),
      el('span', {}, texts.accepted(share.index + 1, setNameOf(share))),
      el(
        'button',
        {
          class: 'quiet',
          type: 'button',
          onclick: () => {
            share.value.fill(0);
            shares.splice(shares.indexOf(share), 1);
            draw(true);
          },
        },
        texts.remove,
      ),
    );
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    const isOpen = await unlock(
      () => keyByShares(shares),
      shares.map((share) => share.index + 1),
    );
    if (isOpen) for (const share of shares) share.value.fill(0);
    button.disabled = false;
  };
  draw(false);
  return el(
    'form',
    { novalidate: true, onsubmit: (event: Event) => void submit(event) },
    el(
      'p',
      { class: 'dim' },
      threshold === null || count === null
        ? texts.sharesNoteUnknown
        : texts.sharesNote(threshold, formats.number(count)),
    ),
    list,
    place,
    more,
    button,
  );
}
