// The second screen: groups, search, list, one secret, and what is carried away at the end.
import { announce, el, icon } from './dom.ts';
import { entryView } from './entry-view.ts';
import { exportDialog } from './export-dialog.ts';
import { groupTree } from './group-tree.ts';
import { icons } from './icons.ts';
import { saveRecord } from './save-record.ts';
import { fieldOf, type Vault } from './open-vault.ts';
import { buildSearchIndex, entryFlags, search } from './search-index.ts';
import { hideRevealed } from './secret-value.ts';
import type { Looking, Session, View } from './session.ts';
import { virtualList } from './virtual-list.ts';

/** Draws the screen. Only called while the kit is open. */
export function vaultView(view: View): HTMLElement {
  const { session } = view;
  const { texts, formats, looking } = session;
  const vault: Vault = session.vault ?? { entries: [], index: buildSearchIndex([]), isPart: false };
  let found = new Uint32Array();
  let entryGone = new AbortController();

  const detail = el('section', { class: 'detail', 'aria-live': 'off' });
  const main = el('main', { class: 'vault' });
  const showEntry = (): void => {
    entryGone.abort();
    entryGone = new AbortController();
    hideRevealed();
    const entry = looking.selected === undefined ? undefined : vault.entries[looking.selected];
    const gone = AbortSignal.any([view.gone, entryGone.signal]);
    const back = (): void => {
      main.classList.remove('reading');
      list.focus();
    };
    detail.replaceChildren(
      el('button', { class: 'quiet back', type: 'button', onclick: back }, icon(icons.back), texts.back),
      entry === undefined ? el('p', { class: 'dim pick' }, texts.pick) : entryView({ ...view, gone }, entry),
    );
    detail.scrollTop = 0;
  };
  const list = virtualList({
    label: texts.secrets(formats.number(vault.entries.length), false),
    row: (place) => rowOf(session, vault, found[place] ?? 0),
    choose: (place) => {
      looking.selected = found[place];
      showEntry();
    },
    enter: () => {
      main.classList.add('reading');
      document.getElementById('entry-title')?.focus();
    },
  });
  const count = el('p', { class: 'count', role: 'status' });
  const update = (): void => {
    found = search(vault.index, {
      text: looking.text,
      group: looking.group,
      ...filterOf(session, vault),
    }) as typeof found;
    const chosen = looking.selected === undefined ? -1 : found.indexOf(looking.selected);
    list.show(found.length, chosen);
    const isReady = looking.text === '' || vault.index.prepare(0);
    const result = texts.results(formats.number(found.length), found.length === 1);
    count.textContent = isReady ? (found.length === 0 ? texts.nothingFound : result) : `${result} …`;
    list.element.setAttribute('aria-label', result);
  };
  const field = el('input', {
    type: 'search',
    id: 'search',
    value: looking.text,
    placeholder: texts.searchPlaceholder,
    'aria-label': texts.searchLabel,
    autocomplete: 'off',
    spellcheck: 'false',
    'data-focus': true,
    oninput: () => {
      looking.text = field.value;
      update();
    },
    onkeydown: (event: KeyboardEvent) => {
      if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
      event.preventDefault();
      list.focus();
      list.element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home' }));
    },
  });
  addEventListener(
    'keydown',
    (event) => {
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (event.key !== '/' || isTyping || document.querySelector('dialog[open]') !== null) return;
      event.preventDefault();
      main.classList.remove('reading');
      field.focus();
      field.select();
    },
    { signal: view.gone },
  );
  main.append(
    el('h1', { class: 'only-heard' }, texts.pageTitle),
    toolbar(view, () =>
      exportDialog(
        view,
        [...found].flatMap((place) => vault.entries[place] ?? []),
      ),
    ),
    groupTree(view, vault.index, (path) => {
      looking.group = path;
      update();
    }),
    el(
      'section',
      { class: 'finder' },
      el('div', { class: 'search' }, icon(icons.search), field),
      filterBar(session, update),
      count,
      list.element,
    ),
    detail,
  );
  showEntry();
  requestAnimationFrame(update);
  prepareWhenIdle(vault, view.gone, () => {
    if (looking.text !== '') update();
  });
  return main;
}

// The list is there at once; what a search needs is made ready in short steps, so that a keystroke never waits long for it.
// Until then a search finds among what is ready; `ready` hears when that is all.
function prepareWhenIdle({ index }: Vault, gone: AbortSignal, ready: () => void): void {
  const step = (): void => {
    if (gone.aborted) return;
    if (index.prepare(12)) ready();
    else setTimeout(step);
  };
  if (!index.prepare(0)) setTimeout(step);
}

function rowOf(session: Session, vault: Vault, place: number): Node[] {
  const { texts, formats, manifest, looking } = session;
  const entry = vault.entries[place];
  if (entry === undefined) return [];
  const flags = vault.index.flags[place] ?? 0;
  const isExpired = entry.expiresAt !== undefined && entry.expiresAt < manifest.created;
  return [
    el('span', { class: 'title' }, fieldOf(entry, 'Title') || texts.untitled),
    el(
      'span',
      { class: 'marks' },
      isChanged(session, vault, place) &&
        el('span', { class: 'mark new', title: texts.changedSince(formats.date(looking.since)) }, texts.changedMark),
      isExpired && el('span', { class: 'mark bad' }, texts.expired),
      (flags & entryFlags.totp) !== 0 && mark(icons.clock, texts.filterTotp),
      (flags & entryFlags.attachments) !== 0 && mark(icons.clip, texts.filterAttachments),
    ),
    el('span', { class: 'sub' }, [fieldOf(entry, 'UserName'), entry.groups.join(' › ')].filter(Boolean).join(' · ')),
  ];
}

function isChanged({ looking }: Session, vault: Vault, place: number): boolean {
  return (vault.entries[place]?.modifiedAt?.getTime() ?? 0) > looking.since.getTime();
}

function mark(path: string, meaning: string): HTMLElement {
  return el('span', { class: 'mark', role: 'img', 'aria-label': meaning, title: meaning }, icon(path));
}

function filterOf(session: Session, vault: Vault): { filter?: (place: number) => boolean } {
  const { flags } = vault.index;
  const made = session.manifest.created.getTime();
  const has = (place: number, flag: number): boolean => ((flags[place] ?? 0) & flag) !== 0;
  switch (session.looking.filter) {
    case 'all':
      return {};
    case 'expired':
      return {
        filter: (place) =>
          has(place, entryFlags.expires) && (vault.entries[place]?.expiresAt?.getTime() ?? made) < made,
      };
    case 'totp':
      return { filter: (place) => has(place, entryFlags.totp) };
    case 'attachments':
      return { filter: (place) => has(place, entryFlags.attachments) };
    case 'recent':
      return { filter: (place) => isChanged(session, vault, place) };
  }
}

function filterBar({ texts, formats, looking }: Session, update: () => void): HTMLElement {
  const names = (): [Looking['filter'], string][] => [
    ['all', texts.filterAll],
    ['recent', texts.changedSince(formats.date(looking.since))],
    ['expired', texts.filterExpired],
    ['totp', texts.filterTotp],
    ['attachments', texts.filterAttachments],
  ];
  const options = (): Node[] =>
    names().map(([value, name]) => el('option', { value, selected: value === looking.filter }, name));
  const select = el(
    'select',
    {
      'aria-label': texts.filters,
      onchange: () => {
        looking.filter = select.value as Looking['filter'];
        update();
      },
    },
    ...options(),
  );
  const day = el('input', {
    type: 'date',
    'aria-label': texts.sinceLabel,
    title: texts.sinceLabel,
    value: dayOf(looking.since),
    onchange: () => {
      // The day as it is where the person sits.
      const since = new Date(`${day.value}T00:00:00`);
      if (Number.isNaN(since.getTime())) return;
      looking.since = since;
      looking.filter = 'recent';
      select.replaceChildren(...options());
      update();
    },
  });
  return el('div', { class: 'filters' }, select, day);
}

function dayOf(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function toolbar({ session, draw, gone }: View, startExport: () => void): HTMLElement {
  const { texts } = session;
  const state = el('span', { class: 'record-state', role: 'status' });
  const tell = (): void => {
    const now = session.isRecordUnsaved ? texts.recordWaiting : '';
    // Written once: a screen reader would say the same again each second.
    if (state.textContent !== now) state.textContent = now;
  };
  const save = async (): Promise<void> => {
    await saveRecord(session);
    tell();
    announce(texts.recordSaved);
  };
  const close = async (): Promise<void> => {
    await saveRecord(session);
    session.notice = texts.locked;
    session.close();
    draw();
  };
  tell();
  const timer = setInterval(tell, 1000);
  gone.addEventListener('abort', () => clearInterval(timer));
  return el(
    'div',
    { class: 'bar', role: 'toolbar', 'aria-label': texts.pageTitle },
    session.vault?.isPart === true && el('span', { class: 'who' }, texts.partOnly),
    el('span', { class: 'who' }, texts.openedBy(session.who?.name ?? '')),
    el('span', { class: 'spring' }),
    state,
    el(
      'button',
      { type: 'button', title: texts.recordNote, onclick: () => void save() },
      icon(icons.save),
      texts.recordSave,
    ),
    el('button', { type: 'button', onclick: startExport }, icon(icons.key), texts.exportTitle),
    el('button', { type: 'button', class: 'close', onclick: () => void close() }, icon(icons.lock), texts.lock),
  );
}
