// One share, word by word: completed against the list, shown in the numbers of the sheet, checked when it is whole.
import { isFailure, type Failure } from '../../src/base/failure.ts';
import { parseShare, typedWords } from '../../src/breakglass/shares/parse-share.ts';
import { type Share, wordsOfRecoveryShare } from '../../src/breakglass/shares/share.ts';
import { completeWord, nearestWords, valueOfWord, wordList } from '../../src/breakglass/shares/word-list.ts';
import { el } from './dom.ts';
import { readQrText } from './qr-reader.ts';
import type { Texts } from './texts.ts';

/** Draws the entry of share `number`. `accept` gives the reason why a whole share is refused, or undefined. */
export function shareEntry(
  texts: Texts,
  number: number,
  accept: (share: Share) => string | undefined,
): { element: HTMLElement; focus: () => void } {
  const words: string[] = [];
  let at = 0;
  let wrong: number | undefined;
  const grid = el('ol', { class: 'words', 'aria-label': texts.shareNumber(number) });
  const error = el('p', { class: 'error', role: 'alert' });
  const label = el('label', { for: 'share-word' });
  const offers = el('div', { class: 'offers', id: 'share-offers', role: 'listbox' });
  const input = el('input', {
    id: 'share-word',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    role: 'combobox',
    'aria-autocomplete': 'list',
    'aria-controls': 'share-offers',
    'aria-describedby': 'share-help',
    'data-focus': number > 1,
  });

  const draw = (): void => {
    grid.replaceChildren(
      ...Array.from({ length: Math.max(wordsOfRecoveryShare, words.length) }, (_, place) =>
        el(
          'li',
          { class: [place === at ? 'here' : '', place === wrong ? 'wrong' : ''].join(' ').trim() || undefined },
          el(
            'button',
            {
              type: 'button',
              tabindex: -1,
              'aria-label': texts.wordEdit(place + 1, words[place] ?? ''),
              onclick: () => goTo(place),
            },
            words[place] ?? '',
          ),
        ),
      ),
    );
    label.textContent = texts.word(Math.min(at + 1, wordsOfRecoveryShare), wordsOfRecoveryShare);
    offer();
  };
  const goTo = (place: number): void => {
    at = Math.min(place, words.length);
    input.value = words[at] ?? '';
    draw();
    input.focus();
    input.select();
  };
  const offer = (): void => {
    const found = input.value === '' ? [] : completeWord(input.value);
    input.setAttribute('aria-expanded', String(found.length > 0));
    offers.replaceChildren(
      ...found.map((word, place) =>
        el(
          'button',
          {
            type: 'button',
            role: 'option',
            tabindex: -1,
            'aria-selected': String(place === 0),
            onclick: () => take(word),
          },
          word,
        ),
      ),
    );
  };
  const take = (word: string): void => {
    words[at] = word;
    wrong = undefined;
    error.textContent = '';
    at = words.length < wordsOfRecoveryShare ? words.length : at + 1;
    input.value = '';
    draw();
    input.focus();
    if (words.length >= wordsOfRecoveryShare) judge();
  };
  const takeTyped = (): boolean => {
    const typed = input.value.trim();
    if (typed === '') return false;
    const value = valueOfWord(typed);
    const [only, ...others] = completeWord(typed);
    const word = value === undefined ? (others.length === 0 ? only : undefined) : wordList[value];
    if (word === undefined) {
      const near = nearestWords(typed)
        .map((other) => `“${other}”`)
        .join(texts.or);
      error.textContent = texts.unknownWord(typed, near);
      input.select();
    } else take(word);
    return true;
  };
  const takeAll = (text: string): void => {
    const typed = typedWords(text);
    words.length = 0;
    for (const word of typed) {
      const value = valueOfWord(word);
      if (value === undefined) {
        at = words.length;
        draw();
        input.value = word;
        takeTyped();
        return;
      }
      words.push(wordList[value] ?? '');
    }
    at = words.length;
    draw();
    judge();
  };
  const judge = (): void => {
    try {
      const reason = accept(parseShare(words));
      error.textContent = reason ?? '';
    } catch (failure) {
      if (!isFailure(failure)) throw failure;
      error.textContent = shareFault(texts, failure, words.length);
      const word = failure.facts['word'];
      if (typeof word !== 'number') return draw();
      wrong = word - 1;
      goTo(wrong);
    }
  };
  const fromPicture = async (files: FileList | null): Promise<void> => {
    const text = files?.[0] && (await readQrText(files[0]));
    if (text) takeAll(text);
    else error.textContent = texts.qrNothing;
  };

  input.addEventListener('input', () => {
    error.textContent = '';
    if (/\s\S/.test(input.value.trim())) takeAll([...words.slice(0, at), input.value].join(' '));
    else if (/\s$/.test(input.value)) takeTyped();
    else offer();
  });
  input.addEventListener('paste', (event) => {
    const text = event.clipboardData?.getData('text') ?? '';
    if (typedWords(text).length < 2) return;
    event.preventDefault();
    takeAll([...words.slice(0, at), text].join(' '));
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey && input.value !== '')) {
      event.preventDefault();
      takeTyped();
    } else if (event.key === 'Backspace' && input.value === '' && at > 0) {
      event.preventDefault();
      goTo(at - 1);
    }
  });
  draw();
  const picture = el('input', {
    type: 'file',
    accept: 'image/*',
    hidden: true,
    id: 'share-picture',
    onchange: () => void fromPicture(picture.files),
  });
  return {
    focus: () => input.focus(),
    element: el(
      'fieldset',
      { class: 'share' },
      el('legend', {}, texts.shareNumber(number)),
      label,
      input,
      el('p', { class: 'hint', id: 'share-help' }, texts.wordHelp),
      offers,
      error,
      grid,
      el(
        'div',
        { class: 'row' },
        el('button', { class: 'quiet', type: 'button', onclick: () => picture.click() }, texts.readQr),
        picture,
        el(
          'button',
          {
            class: 'quiet',
            type: 'button',
            onclick: () => {
              words.length = 0;
              error.textContent = '';
              wrong = undefined;
              goTo(0);
            },
          },
          texts.clearWords,
        ),
      ),
    ),
  };
}

/** Why a share was refused, in the page's language. */
export function shareFault(texts: Texts, failure: Failure, count: number): string {
  const { word, otherWord } = failure.facts;
  if (failure.code === 'breakglass.share-wrong-length') return texts.wrongCount(count);
  if (failure.code === 'breakglass.share-malformed') return texts.malformed;
  if (typeof word !== 'number') return texts.wrongWords;
  return typeof otherWord === 'number' ? texts.swappedWords(word, otherWord) : texts.wrongWord(word);
}
