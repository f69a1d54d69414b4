// The page of one packaged recording: it asks for a password, a key or custodians' shares, opens what is sealed inside it, and
// plays it. It reaches nothing and leaves nothing behind.
import '../open/style.css';
import './style.css';
import { el } from '../open/dom.ts';
import { takeEmbeddedFiles } from '../open/kit-files.ts';
import { packagedFactNames, type PackagedFacts } from '../../src/recordings/package/packaged-facts.ts';
import { keyByPassword, KeyRefused, openSealed, type RecoveryKey } from '../open/recovery-key.ts';
import { sharesForm } from '../open/shares-form.ts';
import { firstLanguage, formats, type Language, textsOf as openTextsOf } from '../open/texts.ts';
import { desktopView, terminalView, videoView } from './player-view.ts';
import { textsOf } from './texts.ts';

const root = document.getElementById('app') ?? document.body;
const files = takeEmbeddedFiles(document);
const sealed = [...files].find(([name]) => name.startsWith('recording.'));
const shares = sharesWanted();
// Without a master password its shares are the usual way.
let way: 'secret' | 'shares' = shares !== undefined && !files.has('recovery-key.age') ? 'shares' : 'secret';
let language: Language = firstLanguage(navigator.languages);

function draw(): void {
  const texts = textsOf(language);
  document.documentElement.lang = language === 'pt' ? 'pt-BR' : 'en';
  document.title = `${texts.title} · Orbit`;
  const status = el('p', { class: 'status', role: 'status', 'aria-live': 'polite' });
  const other = (): void => {
    language = language === 'pt' ? 'en' : 'pt';
    draw();
  };
  root.replaceChildren(
    el(
      'header',
      { class: 'frame' },
      el('span', { class: 'brand' }, el('span', { class: 'ring', 'aria-hidden': 'true' }), 'Orbit'),
      el('span', { class: 'spring' }),
      el('button', { class: 'quiet', type: 'button', onclick: other }, texts.other),
    ),
    el(
      'main',
      { class: 'narrow' },
      el(
        'section',
        { class: 'card' },
        el('h1', {}, texts.title),
        el('p', { class: 'dim' }, sealed === undefined ? texts.none : texts.sealed),
        sealed !== undefined && shares !== undefined && ways(),
        sealed !== undefined && (way === 'shares' ? withShares(status) : withSecret(status)),
        status,
      ),
    ),
  );
  document.getElementById('secret')?.focus();
}

function ways(): HTMLElement {
  const texts = textsOf(language);
  const choice = (one: typeof way, text: string): HTMLElement =>
    el(
      'button',
      {
        type: 'button',
        'aria-pressed': String(way === one),
        onclick: () => {
          way = one;
          draw();
        },
      },
      text,
    );
  return el(
    'div',
    { class: 'ways', role: 'group', 'aria-label': texts.how },
    choice('secret', texts.withSecret),
    choice('shares', texts.withShares),
  );
}

function withSecret(status: HTMLElement): HTMLElement {
  const texts = textsOf(language);
  const secret = el('input', { id: 'secret', type: 'password', autocomplete: 'off', required: true });
  const submit = (event: Event): void => {
    event.preventDefault();
    void unlock(status, () => keyOf(secret.value.trim()));
  };
  return el(
    'form',
    { onsubmit: submit },
    el('label', { for: 'secret' }, texts.secret),
    secret,
    el('button', { class: 'main', type: 'submit' }, texts.open),
  );
}

function withShares(status: HTMLElement): HTMLElement {
  const { threshold = null, total: count = null } = shares ?? {};
  const texts = { ...openTextsOf(language), open: textsOf(language).open };
  return sharesForm({ texts, formats: formats(language), threshold, count }, (get) => unlock(status, get));
}

async function unlock(status: HTMLElement, get: () => Promise<RecoveryKey>): Promise<boolean> {
  const texts = textsOf(language);
  status.textContent = texts.waiting;
  try {
    await open(await get());
    return true;
  } catch (error) {
    status.textContent = faultOf(error);
    return false;
  }
}

function faultOf(error: unknown): string {
  const texts = textsOf(language);
  if (error instanceof KeyRefused && error.reason !== 'damaged') return texts.wrong;
  // Shares that are whole each and make no key together.
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('breakglass.') ? openTextsOf(language).doNotFit : texts.damaged;
}

async function open(key: RecoveryKey): Promise<void> {
  if (sealed === undefined) return;
  const [name, bytes] = sealed;
  const plain = await openSealed(bytes, key);
  const texts = textsOf(language);
  const kind = /^recording\.(\w+)\.age$/.exec(name)?.[1] ?? '';
  const about = await factsView(key);
  if (kind === 'cast') root.replaceChildren(terminalView(plain, texts), about);
  else if (kind === 'guacamole') root.replaceChildren(desktopView(plain, texts), about);
  else root.replaceChildren(videoView(plain, `video/${kind}`, texts), about);
}

// Whose session it is, and from which file: a page is passed on without the letter that came with it.
async function factsView(key: RecoveryKey): Promise<HTMLElement> {
  const bytes = files.get('about.json.age');
  const texts = textsOf(language);
  const facts = (
    bytes === undefined ? {} : JSON.parse(new TextDecoder().decode(await openSealed(bytes, key)))
  ) as PackagedFacts;
  const rows = packagedFactNames.flatMap((name) => {
    const value = facts[name];
    if (value === undefined) return [];
    const shown = name === 'startedAt' ? formats(language).dateTime(new Date(value)) : value;
    return [el('div', {}, el('dt', {}, texts.facts[name]), el('dd', {}, shown))];
  });
  return el('section', { class: 'about' }, el('dl', { class: 'facts long' }, ...rows));
}

async function keyOf(secret: string): Promise<RecoveryKey> {
  if (/^AGE-SECRET-KEY-1[0-9A-Z]+$/i.test(secret)) return { identity: secret.toUpperCase() };
  const wrapped = files.get('recovery-key.age');
  if (wrapped === undefined) throw new KeyRefused('wrong-password');
  return keyByPassword(wrapped, secret, () => {});
}

// A page with a password of its own is sealed to no recovery key: no share opens it.
function sharesWanted(): { threshold: number | null; total: number | null } | undefined {
  const bytes = files.get('shares.json');
  if (bytes === undefined) return undefined;
  return JSON.parse(new TextDecoder().decode(bytes)) as { threshold: number | null; total: number | null };
}

draw();
