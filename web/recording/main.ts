// The page of one packaged recording: it asks for a password or a key, opens what is sealed inside it, and plays it. It reaches
// nothing and leaves nothing behind.
import '../open/style.css';
import './style.css';
import { el } from '../open/dom.ts';
import { takeEmbeddedFiles } from '../open/kit-files.ts';
import { keyByPassword, KeyRefused, openSealed, type RecoveryKey } from '../open/recovery-key.ts';
import { terminalView, videoView } from './player-view.ts';
import { textsOf } from './texts.ts';

const root = document.getElementById('app') ?? document.body;
const files = takeEmbeddedFiles(document);
const sealed = [...files].find(([name]) => name.startsWith('recording.'));
let language: 'en' | 'pt' = navigator.language.toLowerCase().startsWith('pt') ? 'pt' : 'en';

function draw(): void {
  const texts = textsOf(language);
  document.documentElement.lang = language === 'pt' ? 'pt-BR' : 'en';
  document.title = `${texts.title} · Orbit`;
  const secret = el('input', { id: 'secret', type: 'password', autocomplete: 'off', required: true });
  const status = el('p', { role: 'status', 'aria-live': 'polite' });
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    status.textContent = texts.waiting;
    try {
      await open(secret.value.trim());
    } catch (error) {
      status.textContent = error instanceof KeyRefused && error.reason !== 'damaged' ? texts.wrong : texts.damaged;
    }
  };
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
        'form',
        { class: 'card', onsubmit: (event: Event) => void submit(event) },
        el('h1', {}, texts.title),
        el('p', { class: 'dim' }, sealed === undefined ? texts.none : texts.sealed),
        sealed !== undefined && el('label', { for: 'secret' }, texts.secret),
        sealed !== undefined && secret,
        sealed !== undefined && el('button', { class: 'main', type: 'submit' }, texts.open),
        status,
      ),
    ),
  );
  secret.focus();
}

async function open(secret: string): Promise<void> {
  if (sealed === undefined) return;
  const [name, bytes] = sealed;
  const plain = await openSealed(bytes, await keyOf(secret));
  const texts = textsOf(language);
  const kind = /^recording\.(\w+)\.age$/.exec(name)?.[1] ?? '';
  root.replaceChildren(kind === 'cast' ? terminalView(plain, texts) : videoView(plain, `video/${kind}`, texts));
}

async function keyOf(secret: string): Promise<RecoveryKey> {
  if (/^AGE-SECRET-KEY-1[0-9A-Z]+$/i.test(secret)) return { identity: secret.toUpperCase() };
  const wrapped = files.get('recovery-key.age');
  if (wrapped === undefined) throw new KeyRefused('wrong-password');
  return keyByPassword(wrapped, secret, () => {});
}

draw();
