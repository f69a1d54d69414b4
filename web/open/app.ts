// The frame around the two screens: opening the kit, and looking into it.
import { el, icon } from './dom.ts';
import { hideRevealed, noteRevealedPrinted } from './secret-value.ts';
import { icons } from './icons.ts';
import type { KitFault, KitManifest } from './kit-check.ts';
import type { KitFiles } from './kit-files.ts';
import { saveRecord } from './save-record.ts';
import { Session } from './session.ts';
import { firstLanguage, type Language, textsOf } from './texts.ts';
import { unlockView } from './unlock-view.ts';
import { vaultView } from './vault-view.ts';

const idleMs = 15 * 60_000;

/** Runs the page for a kit that was checked. */
export function runApp(root: HTMLElement, files: KitFiles, manifest: KitManifest): void {
  const session = new Session(files, manifest, firstLanguage(navigator.languages));
  let leaving = new AbortController();
  const draw = (): void => {
    leaving.abort();
    leaving = new AbortController();
    hideRevealed();
    const view = { session, draw, gone: leaving.signal };
    const main = session.vault === undefined ? unlockView(view) : vaultView(view);
    document.documentElement.lang = session.language === 'pt' ? 'pt-BR' : 'en';
    document.title = `${session.texts.pageTitle} · ${session.formats.date(manifest.created)}`;
    root.replaceChildren(
      frameHeader(session.language, (language) => {
        session.language = language;
        draw();
      }),
      main,
      el('div', { id: 'announcer', class: 'only-heard', role: 'status', 'aria-live': 'polite' }),
    );
    main.querySelector<HTMLElement>('[data-focus]')?.focus();
  };
  closeWhenIdle(session, draw);
  addEventListener('beforeunload', (event) => {
    if (session.isRecordUnsaved) event.preventDefault();
  });
  addEventListener('beforeprint', noteRevealedPrinted);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) hideRevealed();
  });
  draw();
}

/** The page for a kit that must not be used: it says why, and asks for nothing. */
export function showRefusal(root: HTMLElement, fault: KitFault | undefined): void {
  const draw = (language: Language): void => {
    const texts = textsOf(language);
    document.documentElement.lang = language === 'pt' ? 'pt-BR' : 'en';
    const reason = fault === undefined ? texts.noKit : texts.refused[fault.kind]('file' in fault ? fault.file : '');
    root.replaceChildren(
      frameHeader(language, draw),
      el(
        'main',
        { class: 'narrow' },
        el(
          'section',
          { class: 'card refusal', role: 'alert' },
          el('h1', {}, icon(icons.alert), texts.refusedTitle),
          el('p', { class: 'lead' }, reason),
          fault !== undefined && el('p', {}, texts.refusedHint),
        ),
      ),
    );
  };
  draw(firstLanguage(navigator.languages));
}

/** The bar at the top: the name, the other language, light or dark. */
export function frameHeader(
  language: Language,
  change: (language: Language) => void,
  title = textsOf(language).pageTitle,
): HTMLElement {
  const texts = textsOf(language);
  const other = language === 'pt' ? 'en' : 'pt';
  return el(
    'header',
    { class: 'frame' },
    el('span', { class: 'brand' }, el('span', { class: 'ring', 'aria-hidden': 'true' }), 'Orbit'),
    el('span', { class: 'brand-note' }, title),
    el('span', { class: 'spring' }),
    el(
      'button',
      { class: 'quiet', type: 'button', lang: other === 'pt' ? 'pt-BR' : 'en', onclick: () => change(other) },
      texts.otherLanguage,
    ),
    el(
      'button',
      { class: 'quiet round', type: 'button', 'aria-label': texts.theme, title: texts.theme, onclick: switchTheme },
      icon(icons.sun),
    ),
  );
}

function switchTheme(): void {
  const { dataset } = document.documentElement;
  const isDark =
    dataset['theme'] === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : dataset['theme'] === 'dark';
  dataset['theme'] = isDark ? 'light' : 'dark';
}

// Somebody may have been called away with every password of the house on the screen.
function closeWhenIdle(session: Session, draw: () => void): void {
  let touchedAt = Date.now();
  for (const kind of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
    addEventListener(kind, () => (touchedAt = Date.now()), { passive: true, capture: true });
  }
  setInterval(() => {
    if (session.vault === undefined || Date.now() - touchedAt < idleMs) return;
    touchedAt = Date.now();
    void saveRecord(session).finally(() => {
      session.notice = session.texts.lockedIdle;
      session.close();
      draw();
    });
  }, 10_000);
}
