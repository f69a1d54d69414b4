// Copies a value and takes it out of the clipboard again after 20 seconds.
import { announce } from './dom.ts';
import type { Texts } from './texts.ts';

const clearAfterMs = 20_000;
let clearing: ReturnType<typeof setTimeout> | undefined;

/** Copies `value`, says so, and clears the clipboard later. False when the browser did not allow it. */
export async function copyValue(
  value: string,
  name: string,
  texts: Texts,
  say: (text: string) => void,
): Promise<boolean> {
  if (!(await write(value))) {
    say(texts.copyFailed);
    return false;
  }
  say(texts.copied(name));
  clearTimeout(clearing);
  clearing = setTimeout(() => void clear(texts, say), clearAfterMs);
  return true;
}

async function clear(texts: Texts, say: (text: string) => void): Promise<void> {
  // Browsers let a page write to the clipboard only while a person looks at it.
  if (!document.hasFocus()) {
    say(texts.clearLater);
    addEventListener('focus', () => void clear(texts, say), { once: true });
    return;
  }
  // A single blank: some browsers ignore a write of nothing.
  if (await write(' ')) {
    say(texts.cleared);
    announce(texts.cleared);
  }
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeByCommand(text);
  }
}

// Pages opened from a file have no clipboard interface in some browsers; the old command still works there.
function writeByCommand(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'only-heard';
  document.body.append(field);
  field.select();
  try {
    return document.execCommand('copy');
  } finally {
    field.remove();
    if (before instanceof HTMLElement) before.focus();
  }
}
