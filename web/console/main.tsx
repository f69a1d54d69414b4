// Starts the console.
import '@mantine/core/styles.css';
import './style.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiFailure } from './app/api.ts';
import { startTexts } from './app/i18n.ts';
import { Console } from './app/console.tsx';
import { theme } from './app/theme.ts';

// The policy lets in only the style sheets that carry this page's nonce; the library that locks scrolling looks for it here.
const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.nonce ?? '';
Object.assign(globalThis, { __webpack_nonce__: nonce });

const client: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (count, error) => count < 2 && isUnreachable(error),
      // A page whose service was away for a moment, or whose network changed, mends itself.
      refetchInterval: ({ state }) => (isUnreachable(state.error) ? 3_000 : false),
      // What a browser calls offline says nothing of the way to this service.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});
// A sign-in that ended shows at whichever question came first: then the door is asked who is there.
client.getQueryCache().subscribe(({ query }) => {
  const { error } = query.state;
  const isDoor = query.queryKey[0] === 'session';
  if (
    !isDoor &&
    error instanceof ApiFailure &&
    error.problem.code === 'accounts.not-signed-in' &&
    query.state.fetchStatus === 'idle'
  )
    void client.invalidateQueries({ queryKey: ['session'] });
});

function isUnreachable(error: unknown): boolean {
  return error instanceof ApiFailure && error.problem.code === 'console.unreachable';
}

await startTexts();
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        <QueryClientProvider client={client}>
          <Console />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
