// The page of a custodian's link: shows the share once, prints its sheet, and proves that the paper is right.
import { isFailure } from '../../../src/base/failure.ts';
import { parseShare, typedWords } from '../../../src/breakglass/shares/parse-share.ts';
import { frameHeader } from '../app.ts';
import { el, icon } from '../dom.ts';
import { icons } from '../icons.ts';
import { shareFault } from '../share-entry.ts';
import { firstLanguage, type Language, textsOf } from '../texts.ts';
import { digestOfWords, type Link, type SharedSheet } from './link.ts';
import { markSheet, Refused, type SealedAnswer, takeSheet } from './service.ts';
import { shareTextsOf, type ShareTexts } from './texts.ts';

type Step = 'welcome' | 'words' | 'check' | 'done' | 'gone' | 'cut';

/** Runs the page. Without a link it says what is wrong with the address. */
export function runSharePage(root: HTMLElement, link: Link | undefined): void {
  let language: Language = firstLanguage(navigator.languages);
  let step: Step = link === undefined ? 'cut' : 'welcome';
  let shown: { sheet: SharedSheet; facts: SealedAnswer } | undefined;
  const go = (next: Step): void => {
    step = next;
    draw();
  };
  const draw = (): void => {
    const texts = shareTextsOf(language);
    document.documentElement.lang = language === 'pt' ? 'pt-BR' : 'en';
    document.title = `Orbit · ${texts.pageTitle}`;
    const header = frameHeader(
      language,
      (next) => {
        language = next;
        draw();
      },
      texts.pageTitle,
    );
    root.replaceChildren(header, el('main', { class: 'narrow' }, view(texts)));
    root.querySelector<HTMLElement>('[data-focus]')?.focus();
  };
  const view = (texts: ShareTexts): HTMLElement => {
    if (link === undefined || step === 'cut') return refusal(texts.cutTitle, [texts.cut]);
    if (step === 'gone') return refusal(texts.goneTitle, [texts.gone, texts.goneHint]);
    if (step === 'welcome' || shown === undefined) {
      return welcome(
        texts,
        async () => {
          const facts = await takeSheet(link);
          shown = { sheet: await link.open(facts.sealed), facts };
          addEventListener('beforeunload', stay);
          go('words');
        },
        go,
      );
    }
    const { sheet, facts } = shown;
    if (step === 'words') return words(texts, link, sheet, facts, () => go('check'));
    if (step === 'check') {
      return check(texts, language, sheet, {
        back: () => go('words'),
        async confirmed(typed) {
          await markSheet(link, 'confirmed', await digestOfWords(typed));
          sheet.words.length = 0;
          sheet.sheet = '';
          removeEventListener('beforeunload', stay);
          go('done');
        },
      });
    }
    return el(
      'section',
      { class: 'card done', role: 'status' },
      el('h1', { tabindex: -1, 'data-focus': true }, icon(icons.check), texts.doneTitle),
      el('p', {}, texts.doneNote),
    );
  };
  draw();
}

// Whoever closes the page before the paper is right would lose the share for good.
function stay(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function welcome(texts: ShareTexts, show: () => Promise<void>, go: (step: Step) => void): HTMLElement {
  const error = el('p', { class: 'error', role: 'alert' });
  const button = el('button', { class: 'main', type: 'button', 'data-focus': true }, icon(icons.eye), texts.show);
  const start = async (): Promise<void> => {
    button.disabled = true;
    error.textContent = '';
    try {
      await show();
    } catch (problem) {
      const code = problem instanceof Refused ? problem.code : 'unreadable';
      if (code === 'breakglass.bad-share-link') return go('gone');
      error.textContent =
        code === '' ? texts.unreachable : code === 'accounts.too-many-attempts' ? texts.tooMany : texts.unreadable;
      button.disabled = false;
    }
  };
  button.addEventListener('click', () => void start());
  return el(
    'section',
    { class: 'card' },
    el('h1', {}, texts.welcome),
    el('p', { class: 'dim' }, texts.welcomeNote),
    el('label', {}, texts.before),
    el('ul', { class: 'before' }, ...texts.beforeList.map((line) => el('li', {}, line))),
    button,
    error,
  );
}

function words(texts: ShareTexts, link: Link, sheet: SharedSheet, facts: SealedAnswer, next: () => void): HTMLElement {
  const url = URL.createObjectURL(new Blob([sheet.sheet], { type: 'text/html' }));
  const frame = el('iframe', { class: 'sheet', title: texts.print, src: url, tabindex: -1, 'aria-hidden': 'true' });
  frame.addEventListener('load', () => URL.revokeObjectURL(url), { once: true });
  const print = (): void => {
    frame.contentWindow?.print();
    void markSheet(link, 'printed').catch(() => undefined);
  };
  return el(
    'section',
    { class: 'card' },
    el('h1', { tabindex: -1, 'data-focus': true }, texts.yours(facts.custodian)),
    el('p', { class: 'dim' }, texts.number(facts.share, facts.threshold)),
    el('p', {}, texts.writeDown),
    el('ol', { class: 'share-words' }, ...sheet.words.map((word) => el('li', {}, word))),
    el(
      'div',
      { class: 'row' },
      el('button', { class: 'main', type: 'button', onclick: print }, icon(icons.print), texts.print),
      el('button', { type: 'button', onclick: next }, icon(icons.next), texts.haveIt),
    ),
    frame,
  );
}

function check(
  texts: ShareTexts,
  language: Language,
  sheet: SharedSheet,
  then: { back: () => void; confirmed: (words: readonly string[]) => Promise<void> },
): HTMLElement {
  const error = el('p', { class: 'error', role: 'alert' });
  const input = el('textarea', {
    id: 'share-words',
    rows: 6,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    'data-focus': true,
  });
  const compare = async (): Promise<void> => {
    error.textContent = '';
    try {
      const share = parseShare(input.value);
      if (share.words.join(' ') !== sheet.words.join(' ')) error.textContent = texts.different;
      else await then.confirmed(share.words);
    } catch (problem) {
      if (problem instanceof Refused) error.textContent = problem.code === '' ? texts.unreachable : texts.different;
      else if (isFailure(problem))
        error.textContent = shareFault(textsOf(language), problem, typedWords(input.value).length);
      else throw problem;
    }
  };
  return el(
    'form',
    {
      class: 'card',
      onsubmit: (event: Event) => {
        event.preventDefault();
        void compare();
      },
    },
    el('h1', {}, texts.checkTitle),
    el('p', { class: 'dim' }, texts.checkNote),
    el('label', { for: 'share-words' }, texts.words),
    input,
    error,
    el(
      'div',
      { class: 'row' },
      el('button', { class: 'main', type: 'submit' }, icon(icons.check), texts.compare),
      el('button', { class: 'quiet', type: 'button', onclick: then.back }, texts.showAgain),
    ),
  );
}

function refusal(title: string, lines: string[]): HTMLElement {
  return el(
    'section',
    { class: 'card refusal', role: 'alert' },
    el('h1', {}, icon(icons.alert), title),
    ...lines.map((line, index) => el('p', index === 0 ? { class: 'lead' } : {}, line)),
  );
}
