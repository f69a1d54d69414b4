// Whether the key set in force lies at each destination, and what still waits to be sealed to it.
import { Alert, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { CeremonyView, resealDone, resealInput } from '../../../../src/api/schemas/ceremony.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useMe } from '../../app/session.ts';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { useFailureText } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icons.tsx';
import { useOpening } from '../../parts/opening.tsx';
import { RowButton } from '../../parts/row-button.tsx';
import { Status } from '../../parts/status.tsx';
import { type Column, RowsTable, TwoLines } from '../../parts/table.tsx';
import { ResealedEnd } from './resealed.tsx';

type Place = CeremonyView['destinations'][number];

/** A box that says what is still sealed to a compromised key, with the way to mend it. */
export function AwaitsReseal({ places }: { places: Place[] }) {
  const { t, list } = useTexts();
  const { mayChange } = useMe();
  const [isSealing, setSealing] = useState(false);
  const waiting = places.filter(({ awaitsReseal }) => awaitsReseal).map(({ destination }) => destination);
  return (
    <>
      {waiting.length === 0 ? null : (
        <Alert
          color="red"
          icon={<Icon name="warning" />}
          title={t('compromise.awaits', { destinations: list(waiting) })}
          role="alert"
        >
          <Text size="sm" mb="xs">
            {t('compromise.awaitsHint')}
          </Text>
          {mayChange ? <RowButton onClick={() => setSealing(true)}>{t('compromise.reseal')}</RowButton> : null}
        </Alert>
      )}
      {isSealing ? <ResealDialog onClose={() => setSealing(false)} /> : null}
    </>
  );
}

function ResealDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const opening = useOpening();
  const reseal = useMutation({
    mutationFn: () =>
      api<z.infer<typeof resealDone>>('POST', '/ceremony/reseal', {
        opening: opening.value,
      } satisfies z.input<typeof resealInput>),
    gcTime: 0,
    onSettled: () => client.invalidateQueries(),
  });
  return (
    <Dialog title={t('compromise.reseal')} onClose={onClose}>
      {reseal.data === undefined ? (
        <Form onSubmit={() => reseal.mutate()}>
          <Text size="sm">{t('compromise.awaitsHint')}</Text>
          {opening.fields}
          <FormEnd
            submit={t('compromise.reseal')}
            isPending={reseal.isPending}
            isReady={opening.isReady}
            error={reseal.error}
            onCancel={onClose}
          />
        </Form>
      ) : (
        <ResealedEnd title={t('compromise.resealDone')} resealed={reseal.data.resealed} onClose={onClose} />
      )}
    </Dialog>
  );
}

/** The list of places. */
export function KeyPlaces({ places }: { places: Place[] }) {
  const { t, relative } = useTexts();
  const failureText = useFailureText();
  if (places.length === 0) return null;
  const columns: Column<Place>[] = [
    {
      title: t('keyPlaces.destination'),
      width: 'minmax(0, 1fr)',
      onPhone: true,
      cell: ({ destination }) => destination,
    },
    {
      title: t('keyPlaces.state'),
      width: 'minmax(150px, 1.4fr)',
      onPhone: true,
      cell: ({ state, awaitsReseal, failure, refused }) => (
        <TwoLines
          first={
            awaitsReseal ? (
              <Status tone="bad">{t('keyPlaces.awaits')}</Status>
            ) : (
              <Status tone={state === 'current' ? 'good' : 'warn'}>{t(`keyPlaces.${state}`)}</Status>
            )
          }
          second={
            failure === undefined
              ? refused.length === 0
                ? undefined
                : t('keyPlaces.refusedFiles', { files: refused.join(', ') })
              : failureText(failure).message
          }
        />
      ),
    },
    {
      title: t('keyPlaces.brought'),
      width: '150px',
      cell: ({ broughtAt }) => (broughtAt === undefined ? t('common.never') : relative(broughtAt)),
    },
  ];
  return (
    <section aria-labelledby="key-places">
      <Title order={2} id="key-places">
        {t('keyPlaces.title')}
      </Title>
      <Text size="sm" className="quiet" mb="sm">
        {t('keyPlaces.lead')}
      </Text>
      <RowsTable label={t('keyPlaces.title')} columns={columns} rows={places} />
    </section>
  );
}
