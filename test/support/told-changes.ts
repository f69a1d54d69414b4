// Which changes of settings people and the SIEM are told of.
import type { ConsoleSite } from './console.ts';

/** Begins to listen; gives what was changed since, in order. */
export function toldChanges({ app }: Pick<ConsoleSite, 'app'>): () => string[] {
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
      .map(({ event }) => JSON.parse(String(event)) as { id: string; facts: { setting?: string } })
      .filter((event) => event.id === 'settings.changed')
      .map(({ facts }) => facts.setting ?? '');
}
