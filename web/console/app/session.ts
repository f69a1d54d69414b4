// Who is signed in, for every page.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, use } from 'react';
import type { Door, Me } from '../../../src/api/schemas/session.ts';
import { api } from './api.ts';

/** What anybody may know: set up or not, who is signed in. */
export function useDoor() {
  return useQuery({ queryKey: ['session'], queryFn: () => api<Door>('GET', '/session') });
}

/** Asks anew who is signed in; all that was seen before is forgotten. */
export function useForgetAll(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    await client.invalidateQueries({ queryKey: ['session'] });
  };
}

/** Who is signed in, below the door. */
export const MeContext = createContext<Me | undefined>(undefined);

/** Who is signed in, and what they may do. */
export function useMe(): Me & { mayChange: boolean; mayRun: boolean } {
  const me = use(MeContext) ?? { name: '', role: 'auditor', scopes: [], via: 'sign-in' };
  return {
    ...me,
    mayChange: me.role === 'administrator',
    mayRun: me.role === 'administrator' || me.role === 'operator',
  };
}
