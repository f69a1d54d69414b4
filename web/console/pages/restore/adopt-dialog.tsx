// Opening a backup that another Orbit made, such as the one that is lost: by its master password, or its custodians together.
import { Select, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { DestinationView } from '../../../../src/api/schemas/destinations.ts';
import type { adoption } from '../../../../src/api/schemas/restore.ts';
import { copyAddress } from '../../app/addresses.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useQueryValues } from '../../app/router-query.ts';
import { useMe } from '../../app/session.ts';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { useOpening } from '../../parts/opening.tsx';
import { Loaded } from '../../parts/page.tsx';
import { RowButton } from '../../parts/row-button.tsx';
import type { Copy } from './restore-page.tsx';

const kinds = ['system', 'recordings'] as const;

/** The button for those who may restore, with its dialog. `copy` is chosen at first. */
export function AdoptButton({ copy }: { copy?: Copy }) {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const [isOpen, setOpen] = useState(false);
  if (!mayChange) return null;
  return (
    <>
      <RowButton onClick={() => setOpen(true)}>{t('adopt.button')}</RowButton>
      {isOpen ? <AdoptDialog {...(copy === undefined ? {} : { copy })} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function AdoptDialog({ copy, onClose }: { copy?: Copy; onClose: () => void }) {
  const { t } = useTexts();
  const places = useQuery({
    queryKey: ['destinations'],
    queryFn: () => api<{ destinations: DestinationView[] }>('GET', '/destinations'),
  });
  return (
    <Dialog title={t('adopt.title')} size="lg" onClose={onClose}>
      <Loaded query={places} lines={1}>
        {({ destinations: [first, ...others] }) =>
          first === undefined ? (
            <Text>{t('adopt.noDestination')}</Text>
          ) : (
            <AdoptForm
              destinations={[first, ...others].map(({ name }) => name)}
              copy={copy ?? { destination: first.name, kind: 'system' }}
              onClose={onClose}
            />
          )
        }
      </Loaded>
    </Dialog>
  );
}

function AdoptForm(props: { destinations: string[]; copy: Copy; onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [, set] = useQueryValues();
  const [destination, setDestination] = useState(props.copy.destination);
  const [kind, setKind] = useState<Copy['kind']>(props.copy.kind);
  const opening = useOpening({ isOther: true });
  const adopt = useMutation({
    mutationFn: () =>
      api('POST', `${copyAddress({ destination, kind })}/adoption`, {
        opening: opening.value,
      } satisfies z.input<typeof adoption>),
    gcTime: 0,
    onSuccess: async () => {
      props.onClose();
      set({ copy: `${kind}@${destination}`, snapshot: '', path: '', find: '' }, true);
      await client.invalidateQueries();
    },
  });
  return (
    <Form onSubmit={() => adopt.mutate()}>
      <Text size="sm">{t('adopt.about')}</Text>
      <Select
        label={t('adopt.destination')}
        data={props.destinations}
        value={destination}
        allowDeselect={false}
        onChange={(value) => setDestination(value ?? '')}
      />
      <Select
        label={t('adopt.kind')}
        data={kinds.map((value) => ({ value, label: t(`kind.${value}`) }))}
        value={kind}
        allowDeselect={false}
        onChange={(value) => setKind(value === 'recordings' ? 'recordings' : 'system')}
      />
      {opening.fields}
      <FormEnd
        submit={t('adopt.submit')}
        isPending={adopt.isPending}
        isReady={opening.isReady}
        error={adopt.error}
        onCancel={props.onClose}
      />
    </Form>
  );
}
