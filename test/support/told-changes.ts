// What people and the SIEM are told, and of that which changes of settings.
import type { ConsoleSite } from './console.ts';

interface Told {
  id: string;
  facts: Record<string, unknown>;
}

/** Begins to listen; gives the settings that were changed since, in order. */
export function toldChanges(site: Pick<ConsoleSite, 'app'>): () => string[] {
  const told = toldEvents(site);
  return () =>
    told()
      .filter(({ id }) => id === 'settings.changed')
      .map(({ facts }) => String(facts['setting'] ?? ''));
}

/** Begins to listen; gives every event since, in order. */
export function toldEvents({ app }: Pick<ConsoleSite, 'app'>): () => Told[] {
  // Nobody answers there: what it is told waits in its queue.
  const config = { url: 'http://127.0.0.1:1/', signingSecret: 'x' };
  const { id } = app.notifier.channels.add({
    name: 'changes',
    kind: 'webhook',
    config,
    filter: { minimumSeverity: 'debug' },
  });
  return () =>
    app.store.database
      .prepare('SELECT event FROM channel_message WHERE channel_id = ? ORDER BY id')
      .all(id)
      .map(({ event }) => JSON.parse(String(event)) as Told);
}
