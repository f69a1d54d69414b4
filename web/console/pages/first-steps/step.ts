// What the steps of the wizard share.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FirstSteps } from '../../../../src/api/schemas/first-steps.ts';
import { api } from '../../app/api.ts';

/** What a step gets. `onDone` goes on to the next. */
export interface StepProps {
  isDone: boolean;
  onDone: () => void;
}

/** How far the wizard is. */
export function useFirstSteps() {
  return useQuery({ queryKey: ['first-steps'], queryFn: () => api<FirstSteps>('GET', '/first-steps') });
}

/** Notes what only a person can say, and asks anew. */
export function useSayFirstStep() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (said: { sources?: boolean; proof?: boolean; isLeft?: boolean }) =>
      api<FirstSteps>('PUT', '/first-steps', said),
    onSuccess: (now) => client.setQueryData(['first-steps'], now),
  });
}
