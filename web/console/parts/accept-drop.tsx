// The completeness guard refused a run: what is gone is shown by its titles, and a person accepts it with a reason.
import { Alert, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { DropView } from '../../../src/api/schemas/jobs.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useMe } from '../app/session.ts';
import { Dialog, Form, FormEnd } from './dialog.tsx';
import { FailureBox } from './failure.tsx';
import { Icon } from './icons.tsx';
import { Loaded } from './page.tsx';
import { RowButton } from './row-button.tsx';

type Source = DropView['sources'][number];
const reasonLengthMin = 3;

/** The button below such a failure; nothing below others and for those who may not start runs. */
export function AcceptDrop({ job, code }: { job: string | undefined; code: string | undefined }) {
  const { t } = useTexts();
  const { mayRun } = useMe();
  const [isOpen, setOpen] = useState(false);
  if (code !== 'secrets.sudden-drop' || job === undefined || !mayRun) return null;
  return (
    <>
      <RowButton onClick={() => setOpen(true)}>{t('drop.button')}</RowButton>
      {isOpen ? <DropDialog job={job} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function DropDialog({ job, onClose }: { job: string; onClose: () => void }) {
  const { t } = useTexts();
  const path = `/jobs/${encodeURIComponent(job)}`;
  const drop = useQuery({
    queryKey: ['drop', job],
    queryFn: () => api<DropView>('GET', `${path}/drop`),
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
  return (
    <Dialog title={t('drop.title')} size="lg" onClose={onClose}>
      {drop.isPending ? (
        <Text role="status" className="quiet" mb="sm">
          {t('drop.asking')} …
        </Text>
      ) : null}
      <Loaded query={drop} lines={1}>
        {({ sources }) => <Decide sources={sources} address={`${path}/runs`} onClose={onClose} />}
      </Loaded>
    </Dialog>
  );
}

function Decide({ sources, address, onClose }: { sources: Source[]; address: string; onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const isNothing = sources.length === 0;
  const start = useMutation({
    mutationFn: () => api('POST', address, isNothing ? {} : { acceptDrop: reason.trim() }),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  return (
    <Form onSubmit={() => start.mutate()}>
      {isNothing ? (
        <Alert color="green" icon={<Icon name="check" />} title={t('drop.back')} role="status" />
      ) : (
        <>
          <Text size="sm">{t('drop.about')}</Text>
          {sources.map((source) => (
            <Gone key={source.source} source={source} />
          ))}
          <TextInput
            label={t('drop.reason')}
            description={t('drop.reasonHint')}
            required
            maxLength={500}
            autoComplete="off"
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Text size="sm" fw={600} className="tone-bad">
            {t('drop.loses')}
          </Text>
        </>
      )}
      <FormEnd
        submit={t(isNothing ? 'drop.backUp' : 'drop.accept')}
        isDangerous={!isNothing}
        isPending={start.isPending}
        isReady={isNothing || reason.trim().length >= reasonLengthMin}
        error={start.error}
        onCancel={onClose}
      />
    </Form>
  );
}

function Gone({ source: { source, failure, before, now, gone, titles } }: { source: Source }) {
  const { t } = useTexts();
  if (failure !== undefined) return <FailureBox title={source} failure={failure} />;
  const more = gone - titles.length;
  return (
    <Stack gap={4}>
      <Text fw={600}>{t('drop.source', { source, gone, before, now })}</Text>
      {titles.length === 0 ? null : (
        <ul className="plain-list scrolls" tabIndex={0} aria-label={t('drop.titles', { source })}>
          {titles.map((title, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two secrets may bear one title.
            <li key={index}>{title}</li>
          ))}
        </ul>
      )}
      {more <= 0 || titles.length === 0 ? null : (
        <Text size="sm" className="quiet">
          {t('drop.more', { count: more })}
        </Text>
      )}
    </Stack>
  );
}
