// One secret: its fields, code, notes, files and past. Values are text, never markup.
import { isFailure } from '../../src/base/failure.ts';
import type { KdbxEntry, KdbxVersion } from '../../src/kdbx/kdbx-types.ts';
import { download, el, icon } from './dom.ts';
import { icons } from './icons.ts';
import { fieldOf } from './open-vault.ts';
import { type ShownValue, valueRow } from './secret-value.ts';
import type { View } from './session.ts';
import { totpRow } from './totp-row.ts';

/** Draws a secret. `view.gone` must end when another is drawn. */
export function entryView(view: View, entry: KdbxEntry): HTMLElement {
  const { texts, formats, manifest } = view.session;
  const title = fieldOf(entry, 'Title') || texts.untitled;
  const isExpired = entry.expiresAt !== undefined && entry.expiresAt < manifest.created;
  const date = (label: string, value: Date | undefined): Node | undefined =>
    value && el('span', {}, `${label} `, el('time', { datetime: value.toISOString() }, formats.dateTime(value)));
  return el(
    'article',
    { 'aria-labelledby': 'entry-title' },
    el('p', { class: 'path' }, entry.groups.join(' › ')),
    el('h2', { id: 'entry-title', tabindex: -1 }, title),
    isExpired &&
      el(
        'p',
        { class: 'mark bad' },
        icon(icons.alert),
        texts.expired,
        ' ',
        formats.dateTime(entry.expiresAt ?? new Date()),
      ),
    ...fieldRows(view, entry, { entry: entry.uuid, title, value: '' }),
    ...attachmentRows(view, entry, { entry: entry.uuid, title, value: '' }),
    historyPart(view, entry, title),
    el(
      'p',
      { class: 'dates' },
      date(texts.created, entry.createdAt),
      date(texts.changed, entry.modifiedAt),
      isExpired ? undefined : date(texts.expires, entry.expiresAt),
      entry.tags.length > 0 && el('span', {}, `${texts.tags} `, entry.tags.join(', ')),
    ),
  );
}

// The fields everybody knows come first, then the vault's own, notes last.
function fieldRows(view: View, version: KdbxVersion, seen: ShownValue['seen']): HTMLElement[] {
  const { texts } = view.session;
  const rows: HTMLElement[] = [];
  const labels = new Map([
    ['UserName', texts.user],
    ['Password', texts.passwordField],
    ['URL', texts.address],
  ]);
  const prefix = seen.value;
  const row = (label: string, name: string, value: string, isSecret: boolean): void => {
    if (value === '') return;
    const isLong = value.includes('\n') || value.length > 200;
    rows.push(valueRow(view, { label, value, isSecret, isLong, seen: { ...seen, value: prefix + name } }));
  };
  for (const [name, label] of labels) {
    const field = version.fields.find((candidate) => candidate.name === name);
    if (field !== undefined) row(label, name, field.value, field.isProtected || name === 'Password');
    if (name !== 'Password') continue;
    const otp = fieldOf(version, 'otp');
    if (otp !== '' && prefix === '') rows.push(totpRow(view, otp, { ...seen, value: 'totp' }));
  }
  for (const { name, value, isProtected } of version.fields) {
    const isOwn = !labels.has(name) && !['Title', 'Notes'].includes(name) && (name !== 'otp' || prefix !== '');
    if (isOwn) row(name, name, value, isProtected || name === 'otp');
  }
  row(texts.notes, 'Notes', fieldOf(version, 'Notes'), true);
  return rows;
}

function attachmentRows({ session }: View, version: KdbxVersion, seen: ShownValue['seen']): HTMLElement[] {
  const { texts, formats } = session;
  return version.attachments.map(({ name, bytes }) => {
    const save = (): void => {
      download(name, bytes);
      session.saw({ ...seen, value: seen.value + name, how: 'downloaded' });
    };
    return el(
      'div',
      { class: 'field' },
      el('span', { class: 'label' }, icon(icons.clip), texts.attachments),
      el('span', { class: 'value' }, name, el('span', { class: 'dim' }, ` ${formats.bytes(bytes.length)}`)),
      el(
        'span',
        { class: 'buttons' },
        el(
          'button',
          {
            class: 'quiet round',
            type: 'button',
            'aria-label': texts.downloadFile(name),
            title: texts.downloadFile(name),
            onclick: save,
          },
          icon(icons.save),
        ),
      ),
    );
  });
}

function historyPart(view: View, entry: KdbxEntry, title: string): HTMLElement | undefined {
  const { texts, formats } = view.session;
  let history: KdbxVersion[];
  try {
    history = entry.history;
  } catch (error) {
    // It is read only now; what the secret is today is good all the same.
    if (!isFailure(error, 'kdbx.damaged')) throw error;
    return el('p', { class: 'error', role: 'alert' }, texts.pastDamaged);
  }
  if (history.length === 0) return undefined;
  const versions = history.toReversed().map((version) => {
    const when = version.modifiedAt === undefined ? '' : formats.dateTime(version.modifiedAt);
    const details = el('details', {}, el('summary', {}, when === '' ? texts.history : texts.until(when)));
    // Rows are made when they are looked at: an entry may have hundreds of versions.
    const seen = { entry: entry.uuid, title, value: `history: ${version.modifiedAt?.toISOString() ?? ''} ` };
    details.addEventListener(
      'toggle',
      () => details.append(...fieldRows(view, version, seen), ...attachmentRows(view, version, seen)),
      { once: true },
    );
    return details;
  });
  return el(
    'section',
    { class: 'history' },
    el('h3', {}, icon(icons.clock), `${texts.history} (${formats.number(history.length)})`),
    ...versions,
  );
}
