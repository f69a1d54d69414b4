// The opened recording: a terminal or a desktop with its controls and its text, or a video played from memory.
import { timeText } from '../../src/recordings/replay/time-text.ts';
import { searchForm } from '../../src/recordings/transcript/words.ts';
import { el } from '../open/dom.ts';
import { DesktopShow } from './desktop-show.ts';
import type { Show } from './show.ts';
import { TerminalShow } from './terminal-show.ts';
import type { Texts } from './texts.ts';

const idleMs = 2000;
const linesMax = 300;

/** The player of a video. */
export function videoView(bytes: Uint8Array, mediaType: string, texts: Texts): HTMLElement {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: mediaType }));
  const video = el('video', { controls: true, 'aria-label': texts.title });
  video.src = url;
  return el('main', { class: 'player' }, video);
}

/** The player of a terminal; `bytes` are lines of asciicast 2. */
export function terminalView(bytes: Uint8Array, texts: Texts): HTMLElement {
  const header = headerOf(bytes);
  const open = (place: HTMLElement, changed: () => void): Show => new TerminalShow(place, header, changed);
  return showView(bytes, { title: header.title, place: 'screen', open }, texts);
}

/** The player of a desktop; `bytes` are instructions of Guacamole's protocol. */
export function desktopView(bytes: Uint8Array, texts: Texts): HTMLElement {
  const open = (place: HTMLElement, changed: () => void): Show => new DesktopShow(place, changed);
  return showView(bytes, { title: texts.title, place: 'desktop-place', open }, texts);
}

interface Played {
  title: string;
  /** Class of the element that is drawn into. */
  place: string;
  open(place: HTMLElement, changed: () => void): Show;
}

function showView(bytes: Uint8Array, { title, place, open }: Played, texts: Texts): HTMLElement {
  const screen = el('div', { class: place, 'aria-hidden': 'true' });
  const play = el('button', { type: 'button' });
  const position = el('input', { type: 'range', min: 0, max: 1000, value: 0, 'aria-label': texts.position });
  const clock = el('span', {});
  const find = el('input', { id: 'find', autocomplete: 'off' });
  const lines = el('ol', { class: 'lines', 'aria-label': texts.commands });
  const idle = el('input', { type: 'checkbox', checked: true });
  const speed = el(
    'select',
    { 'aria-label': texts.speed },
    ...[0.5, 1, 2, 4, 8, 16].map((value) => el('option', { value, selected: value === 1 }, `×${value}`)),
  );
  const stage = el('div', { class: 'stage', tabindex: 0, role: 'group', 'aria-label': texts.title }, screen);
  const view = el(
    'main',
    { class: 'player' },
    el('h1', {}, title),
    stage,
    el('div', { class: 'controls' }, play, clock, position, speed, el('label', {}, idle, ' ', texts.idle)),
    el('label', { for: 'find' }, texts.find),
    find,
    lines,
  );
  // The screen is as wide as the page lets it be: it has to be there first.
  queueMicrotask(() => {
    let drawn = '';
    const total = (): number => Math.max(1, show.loadedMs);
    const draw = (): void => {
      play.textContent = show.isPlaying ? texts.pause : texts.play;
      clock.textContent = `${timeText(show.positionMs)} / ${timeText(total())}`;
      position.value = String(Math.round((show.positionMs / total()) * 1000));
      const needle = searchForm(find.value.trim());
      const found = show.lines.filter(({ kind, text }) =>
        needle === '' ? kind === 'command' : kind !== 'command' && searchForm(text).includes(needle),
      );
      const key = `${needle} ${found.length}`;
      if (key === drawn) return;
      drawn = key;
      const jump = (atMs: number) => () => void show.seek(atMs);
      lines.replaceChildren(
        ...found
          .slice(0, linesMax)
          .map(({ atMs, text }) =>
            el('li', {}, el('button', { type: 'button', onclick: jump(atMs) }, `${timeText(atMs)}  ${text}`)),
          ),
      );
    };
    const show = open(screen, draw);
    show.idleMs = idleMs;
    play.addEventListener('click', () => show.toggle());
    position.addEventListener('input', () => void show.seek((Number(position.value) / 1000) * total()));
    speed.addEventListener('change', () => (show.speed = Number(speed.value)));
    idle.addEventListener('change', () => (show.idleMs = idle.checked ? idleMs : undefined));
    find.addEventListener('input', draw);
    stage.addEventListener('keydown', (event) => {
      if (event.key === ' ') show.toggle();
      else if (event.key === 'ArrowLeft') void show.seek(show.positionMs - 10_000);
      else if (event.key === 'ArrowRight') void show.seek(show.positionMs + 10_000);
      else return;
      event.preventDefault();
    });
    const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new TextDecoderStream());
    void show.load(() => Promise.resolve(stream));
  });
  return view;
}

function headerOf(bytes: Uint8Array): { title: string; width: number; height: number } {
  const line = new TextDecoder().decode(bytes.subarray(0, 65_536)).split('\n', 1)[0] ?? '{}';
  const header = JSON.parse(line) as { title?: string; width?: number; height?: number };
  return { title: header.title ?? '', width: header.width ?? 80, height: header.height ?? 24 };
}
