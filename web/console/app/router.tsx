// Addresses of the page: the path tells which page is shown, the browser's own history goes back and forth.
import { Anchor, type AnchorProps } from '@mantine/core';
import { type MouseEvent, type ReactNode, useSyncExternalStore } from 'react';

const moved = 'orbit-moved';

/** The path of the page, such as `/runs/12`. */
export function usePath(): string {
  return useSyncExternalStore(
    (listener) => {
      addEventListener('popstate', listener);
      addEventListener(moved, listener);
      return () => {
        removeEventListener('popstate', listener);
        removeEventListener(moved, listener);
      };
    },
    () => location.pathname,
  );
}

/** Goes to another page. */
export function goTo(path: string): void {
  history.pushState(null, '', path);
  dispatchEvent(new Event(moved));
  scrollTo(0, 0);
  // Whoever listens hears the new page begin, whoever uses the keyboard starts there.
  document.getElementById('main')?.focus({ preventScroll: true });
}

/** Changes what stands behind the question mark; as a step the browser's Back undoes it. */
export function replaceQuery(query: string, isStep: boolean): void {
  const address = query === '' ? location.pathname : `${location.pathname}?${query}`;
  if (isStep) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  dispatchEvent(new Event(moved));
}

/** Follows a link inside the console without loading the page anew; opening in a new tab still works. */
export function follow(event: MouseEvent<HTMLElement>, path: string): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  goTo(path);
}

/** A link inside the console. */
export function Go({ to, children, ...rest }: AnchorProps & { to: string; children: ReactNode }) {
  return (
    <Anchor href={to} onClick={(event) => follow(event, to)} {...rest}>
      {children}
    </Anchor>
  );
}
