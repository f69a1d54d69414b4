// What the address says behind its question mark: filters and places that can be linked to.
import { useCallback, useSyncExternalStore } from 'react';
import { replaceQuery } from './router.tsx';

const subscribe = (listener: () => void): (() => void) => {
  addEventListener('popstate', listener);
  addEventListener('orbit-moved', listener);
  return () => {
    removeEventListener('popstate', listener);
    removeEventListener('orbit-moved', listener);
  };
};

/** The values in the address, and a way to change some of them; what is empty leaves it. */
export function useQueryValues(): [URLSearchParams, (change: Record<string, string>, isStep?: boolean) => void] {
  const search = useSyncExternalStore(subscribe, () => location.search);
  const set = useCallback((change: Record<string, string>, isStep = false) => {
    const next = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(change)) {
      if (value === '') next.delete(name);
      else next.set(name, value);
    }
    replaceQuery(next.toString(), isStep);
  }, []);
  return [new URLSearchParams(search), set];
}
