// What was sealed to another key, destination by destination, and what still waits with the reason.
import { Alert, Button, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { z } from 'zod';
import type { compromisePlan, resealed as resealedSchema } from '../../../../src/api/schemas/ceremony.ts';
import { useTexts } from '../../app/i18n.ts';
import { FailureBox } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icons.tsx';

type Sealed = Pick<z.infer<typeof compromisePlan>['destinations'][number], 'kits' | 'repositories'>;

/** Kits and repositories in words. */
export function useSealedWords(): (sealed: Sealed) => string {
  const { t, list } = useTexts();
  return ({ kits, repositories }) => {
    const parts = [
      ...(kits.length === 0 ? [] : [t('compromise.kits', { count: kits.length })]),
      ...(repositories.length === 0 ? [] : [t('compromise.repositories', { count: repositories.length })]),
    ];
    return parts.length === 0 ? t('compromise.nothing') : list(parts);
  };
}

/** The end of a dialog: what was done, what was left. `children` come between. */
export function ResealedEnd(props: {
  title: string;
  resealed: z.infer<typeof resealedSchema>[];
  onClose: () => void;
  children?: ReactNode;
}) {
  const { t } = useTexts();
  const words = useSealedWords();
  const isWhole = props.resealed.every(({ left }) => left.length === 0);
  return (
    <Stack>
      <Alert
        color={isWhole ? 'green' : 'yellow'}
        icon={<Icon name={isWhole ? 'check' : 'warning'} />}
        title={props.title}
        role="status"
      >
        {props.resealed.map((one) => (
          <Text size="sm" key={one.destination}>
            {t('compromise.sealed', { destination: one.destination, what: words(one) })}
          </Text>
        ))}
      </Alert>
      {props.resealed.flatMap(({ destination, left }) =>
        left.length === 0
          ? []
          : [
              <FailureBox
                key={destination}
                title={t('compromise.left', { destination, count: left.length })}
                failure={left[0]?.failure ?? { code: '', message: left[0]?.what ?? '' }}
              />,
            ],
      )}
      {props.children}
      <Button onClick={props.onClose} className="start">
        {t('dialog.done')}
      </Button>
    </Stack>
  );
}
