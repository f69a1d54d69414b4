// What opens the recovery key, as people enter it: the master password, or the words of enough custodians. Kept in this form only.
import { Button, PasswordInput, SegmentedControl, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { z } from 'zod';
import type { CeremonyView, opening as openingSchema } from '../../../src/api/schemas/ceremony.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';

/** How far the ceremony is. */
export function useCeremony(options: { refetchInterval?: number; enabled?: boolean } = {}) {
  return useQuery({
    queryKey: ['ceremony'],
    queryFn: () => api<CeremonyView>('GET', '/ceremony'),
    ...options,
  });
}

/** The fields, and what was entered. `clear` forgets it. */
export interface Opening {
  fields: ReactNode;
  isReady: boolean;
  value: z.input<typeof openingSchema>;
  clear(): void;
}

const sharesMax = 16;
const thresholdUnknown = 2;

/** Asks for what opens the current key, by the ways it has; `isOther`: a key of which this Orbit knows nothing. */
export function useOpening({ isOther = false }: { isOther?: boolean } = {}): Opening {
  const { t } = useTexts();
  const ceremony = useCeremony({ enabled: !isOther }).data;
  const ways = ceremony?.keys.find(({ state }) => state === 'current')?.ways ?? [];
  const hasPassword = isOther || ways.includes('master-password') || !ways.includes('shares');
  const hasShares = isOther || ways.includes('shares');
  const threshold = (isOther ? undefined : ceremony?.set?.threshold) ?? thresholdUnknown;
  const [chosen, setChosen] = useState<'password' | 'shares'>();
  const [masterPassword, setPassword] = useState('');
  const [typed, setTyped] = useState<string[]>([]);
  const way = chosen ?? (hasPassword ? 'password' : 'shares');
  const count = Math.max(threshold, typed.length);
  const shares = Array.from({ length: count }, (_, index) => typed[index] ?? '');
  const given = shares.filter((words) => words.trim() !== '');
  const fields = (
    <Stack gap="sm" role="group" aria-label={t('opening.title')}>
      {hasPassword && hasShares ? (
        <SegmentedControl
          aria-label={t('opening.title')}
          className="wraps"
          value={way}
          data={[
            { value: 'password', label: t('opening.password') },
            { value: 'shares', label: t('opening.shares') },
          ]}
          onChange={(value) => setChosen(value === 'shares' ? 'shares' : 'password')}
        />
      ) : null}
      {way === 'password' ? (
        <PasswordInput
          label={t('custody.current')}
          description={t('custody.currentHint')}
          autoComplete="off"
          value={masterPassword}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
      ) : (
        <>
          {shares.map((words, index) => (
            <PasswordInput
              // biome-ignore lint/suspicious/noArrayIndexKey: a field is its number.
              key={index}
              label={t('opening.share', { number: index + 1, count })}
              {...(index === 0 ? { description: t('opening.shareHint') } : {})}
              autoComplete="off"
              spellCheck={false}
              value={words}
              onChange={(event) => setTyped(shares.with(index, event.currentTarget.value))}
            />
          ))}
          {count < sharesMax ? (
            <Button variant="subtle" size="compact-sm" className="start" onClick={() => setTyped([...shares, ''])}>
              {t('opening.more')}
            </Button>
          ) : null}
        </>
      )}
    </Stack>
  );
  return {
    fields,
    isReady: way === 'password' ? masterPassword !== '' : given.length >= threshold,
    value: way === 'password' ? { masterPassword } : { shares: given },
    clear() {
      setPassword('');
      setTyped([]);
    },
  };
}
