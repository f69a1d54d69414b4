// What goes on now, from the service's event stream, for every page at once.
import { useQueryClient } from '@tanstack/react-query';
import { createContext, use, useEffect, useState } from 'react';
import type { LiveRunView, RunStreamEvent } from '../../../src/api/schemas/runs.ts';

/** The runs that go on now. */
export const LiveRunsContext = createContext<LiveRunView[]>([]);

/** The runs that go on now, by job. */
export function useLiveRuns(): LiveRunView[] {
  return use(LiveRunsContext);
}

/** Listens as long as it is shown. When a run ends, what the pages know is asked anew. */
export function useRunStream(): LiveRunView[] {
  const [live, setLive] = useState<LiveRunView[]>([]);
  const client = useQueryClient();
  useEffect(() => {
    const source = new EventSource('/api/v1/runs/events');
    source.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const event = JSON.parse(data) as RunStreamEvent;
      if (event.type === 'all') return setLive(event.live);
      const { run } = event;
      setLive((known) => [...known.filter(({ id }) => id !== run.id), ...(event.type === 'live' ? [event.run] : [])]);
      if (event.type === 'ended') void client.invalidateQueries();
      return undefined;
    });
    // After a restart of the service the browser connects again by itself; a sign-in that ended shows at the next question.
    source.addEventListener('error', () => void client.invalidateQueries({ queryKey: ['session'] }));
    return () => source.close();
  }, [client]);
  return live;
}
