// The first screen: which kit this is, who opens it and why, and with what.
import { el, icon } from './dom.ts';
import { icons } from './icons.ts';
import { newRecord } from './opening-record.ts';
import { OtherSigner, openVault, nextPaint } from './open-vault.ts';
import { passwordForm } from './password-form.ts';
import { keyForm } from './key-form.ts';
import { KeyRefused, type RecoveryKey } from './recovery-key.ts';
import type { View } from './session.ts';
import { sharesForm } from './shares-form.ts';

/** Draws the screen. */
export function unlockView(view: View): HTMLElement {
  const { session } = view;
  const { notice } = session;
  session.notice = '';
  return el(
    'main',
    { class: 'narrow' },
    notice !== '' && el('p', { class: 'notice', role: 'status' }, notice),
    kitCard(view),
    session.who === undefined ? whoCard(view) : whoLine(view),
    session.who !== undefined && howCard(view),
    el('p', { class: 'foot' }, session.texts.offline),
  );
}

function kitCard({ session }: View): HTMLElement {
  const { texts, formats, manifest } = session;
  const fact = (name: string, ...value: (string | Node)[]): HTMLElement =>
    el('div', {}, el('dt', {}, name), el('dd', {}, ...value));
  return el(
    'section',
    { class: 'card kit' },
    el(
      'p',
      { class: 'whole' },
      icon(icons.shield),
      el('span', {}, el('strong', {}, texts.kitWhole), ' ', texts.kitWholeNote),
    ),
    el('h1', {}, texts.pageTitle),
    el(
      'dl',
      { class: 'facts' },
      fact(
        texts.made,
        formats.dateTime(manifest.created),
        el('span', { class: 'dim' }, ` (${formats.ago(manifest.created)})`),
      ),
      fact(texts.holds, session.countText(manifest.records)),
      fact(texts.recoveryKey, el('code', {}, grouped(manifest.recoveryKey.id, 4))),
    ),
    el(
      'details',
      {},
      el('summary', {}, texts.details),
      el('p', {}, texts.detailsNote),
      el(
        'dl',
        { class: 'facts long' },
        fact(texts.kitFingerprint, el('code', {}, grouped(manifest.fingerprint, 8))),
        fact(texts.signer, el('code', {}, grouped(manifest.signerFingerprint, 8))),
      ),
    ),
  );
}

function whoCard({ session, draw }: View): HTMLElement {
  const { texts } = session;
  const name = el('input', { id: 'who-name', autocomplete: 'off', maxlength: 200, required: true, 'data-focus': true });
  const reason = el('textarea', {
    id: 'who-reason',
    rows: 2,
    maxlength: 2000,
    required: true,
    placeholder: texts.reasonExample,
  });
  const error = el('p', { class: 'error', role: 'alert' });
  const submit = (event: Event): void => {
    event.preventDefault();
    const empty = [name, reason].find((field) => field.value.trim() === '');
    if (empty === undefined) {
      session.who = { name: name.value.trim(), reason: reason.value.trim() };
      return draw();
    }
    error.textContent = empty === name ? texts.nameNeeded : texts.reasonNeeded;
    empty.focus();
  };
  return el(
    'form',
    { class: 'card', novalidate: true, onsubmit: submit },
    el('p', { class: 'step' }, texts.step(1, 2)),
    el('h2', {}, texts.whoTitle),
    el('p', { class: 'dim' }, texts.whoNote),
    el('label', { for: 'who-name' }, texts.name),
    name,
    el('label', { for: 'who-reason' }, texts.reason),
    reason,
    error,
    el('button', { class: 'main', type: 'submit' }, texts.next),
  );
}

function whoLine({ session, draw }: View): HTMLElement {
  const change = (): void => {
    session.who = undefined;
    draw();
  };
  return el(
    'section',
    { class: 'card line' },
    icon(icons.check),
    el('p', {}, el('strong', {}, session.who?.name ?? ''), ' · ', session.who?.reason ?? ''),
    el('button', { class: 'quiet', type: 'button', onclick: change }, session.texts.change),
  );
}

function howCard(view: View): HTMLElement {
  const { session, draw } = view;
  const { texts, manifest } = session;
  const ways = [
    {
      way: 'master-password' as const,
      text: texts.withPassword,
      path: icons.key,
      isThere: session.files.has('recovery-key.age'),
    },
    {
      way: 'shares' as const,
      text: texts.withShares,
      path: icons.people,
      isThere: manifest.recoveryKey.ways.includes('shares') || !session.files.has('recovery-key.age'),
    },
    {
      way: 'identity' as const,
      text: texts.withKey,
      path: icons.lock,
      isThere: manifest.envelopes.length > 0 || manifest.recoveryKey.ways.includes('recipients'),
    },
  ].filter((one) => one.isThere);
  const status = el('div', { class: 'status', role: 'status', 'aria-live': 'polite' });
  const unlock = opener(view, status);
  const tabs = ways.map(({ way, text, path }) =>
    el(
      'button',
      {
        type: 'button',
        'aria-pressed': String(session.way === way),
        onclick: () => {
          session.way = way;
          draw();
        },
      },
      icon(path),
      text,
    ),
  );
  return el(
    'section',
    { class: 'card' },
    el('p', { class: 'step' }, texts.step(2, 2)),
    el('h2', {}, texts.howTitle),
    ways.length > 1 && el('div', { class: 'ways', role: 'group', 'aria-label': texts.howTitle }, ...tabs),
    formOf(view, unlock),
    status,
  );
}

function formOf(view: View, unlock: Unlock): HTMLElement {
  const { texts, formats, manifest, way } = view.session;
  if (way === 'master-password') return passwordForm(view, unlock);
  if (way === 'identity') return keyForm(view, unlock);
  const { threshold, shares: count } = manifest.recoveryKey;
  return sharesForm({ texts, formats, threshold, count }, (get, numbers) => unlock(async () => [await get()], numbers));
}

/** Opens the kit with the keys that `get` gives, and says how it goes. Resolves to false when it did not open. */
export type Unlock = (
  get: (waiting: (part: number) => void) => Promise<RecoveryKey[]>,
  shares?: number[],
) => Promise<boolean>;

function opener({ session, draw }: View, status: HTMLElement): Unlock {
  return async (get, shares) => {
    const { texts, formats, manifest } = session;
    const bar = el('progress', { max: 1, 'aria-label': texts.thinking });
    const line = el('p', {}, texts.thinking);
    status.replaceChildren(line, bar);
    await nextPaint();
    try {
      const keys = await get((part) => {
        bar.value = part / 2;
      });
      const all = formats.number(manifest.records);
      const vault = await openVault(session.files, manifest, keys, (count) => {
        line.textContent = texts.reading(formats.number(count), all);
        bar.value = 0.5 + count / Math.max(1, manifest.records) / 2;
      });
      const who = { name: '', reason: '', ...session.who, failedAttempts: session.failedAttempts };
      session.record = newRecord(
        manifest,
        who,
        shares === undefined
          ? { way: session.way === 'identity' ? 'identity' : 'master-password' }
          : { way: 'shares', shares },
      );
      session.isRecordUnsaved = true;
      session.vault = vault;
      draw();
      return true;
    } catch (error) {
      session.failedAttempts += 1;
      status.replaceChildren(...refusal(session, error));
      return false;
    }
  };
}

function refusal({ texts, manifest, way }: View['session'], error: unknown): HTMLElement[] {
  const keyId = manifest.recoveryKey.id;
  const say = (text: string, note?: string): HTMLElement[] => [
    el('p', { class: 'error', role: 'alert' }, text),
    ...(note === undefined ? [] : [el('p', { class: 'dim' }, note)]),
  ];
  if (error instanceof OtherSigner) return say(texts.otherSigner);
  if (error instanceof KeyRefused && error.reason === 'wrong-password')
    return say(texts.wrongPassword, texts.wrongPasswordNote);
  if (error instanceof KeyRefused && error.reason === 'wrong-passphrase') return say(texts.wrongPassphrase);
  if (error instanceof KeyRefused && error.reason === 'not-a-key') return say(texts.notAKey);
  if (error instanceof KeyRefused && error.reason === 'other-key' && way === 'identity')
    return say(texts.keyOpensNothing);
  if (error instanceof KeyRefused && error.reason === 'other-key') return say(texts.otherKey(grouped(keyId, 4)));
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('breakglass.'))
    return say(texts.doNotFit);
  return say(texts.damaged);
}

function grouped(digits: string, size: number): string {
  return digits.match(new RegExp(`.{1,${size}}`, 'g'))?.join(' ') ?? '';
}
