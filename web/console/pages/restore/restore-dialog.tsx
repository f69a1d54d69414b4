// Restoring: where to, a plan that writes nothing, then the work with its progress and its end.
import { Alert, Button, Group, Progress, Radio, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { EntryView, RestoreOrderInput, RestoreView } from '../../../../src/api/schemas/restore.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { FailureBox, useFailureText, viewOfError } from '../../parts/failure.tsx';
import { isReason, ReasonField } from '../../parts/reason-field.tsx';
import { Icon } from '../../parts/icons.tsx';
import { RowsTable } from '../../parts/table.tsx';
import type { Copy } from './restore-page.tsx';

interface RestoreProps {
  copy: Copy;
  snapshot: string;
  entry: EntryView;
  onClose: () => void;
}

const whats = ['new', 'replace', 'keep', 'cannot'] as const;
type Overwrite = NonNullable<RestoreOrderInput['overwrite']>;

/** The dialog. */
export function RestoreDialog({ copy, snapshot, entry, onClose }: RestoreProps) {
  const { t } = useTexts();
  const [to, setTo] = useState<'place' | 'original'>('place');
  const [target, setTarget] = useState('');
  const [overwrite, setOverwrite] = useState<Overwrite>('never');
  const [reason, setReason] = useState('');
  const { destination, kind } = copy;
  const needsReason = kind === 'recordings';
  const order = (isPlan: boolean): RestoreOrderInput => ({
    destination,
    kind,
    snapshot,
    path: entry.path,
    to,
    target,
    overwrite,
    isPlan,
    ...(needsReason ? { reason } : {}),
  });
  const plan = useMutation({ mutationFn: () => api<RestoreView>('POST', '/restores', order(true)) });
  const work = useMutation({ mutationFn: () => api<RestoreView>('POST', '/restores', order(false)) });
  const title = t('restore.dialogTitle', { name: entry.name });
  if (work.data !== undefined) {
    return (
      <Dialog title={title} size="lg" onClose={onClose}>
        <Work id={work.data.id} onClose={onClose} />
      </Dialog>
    );
  }
  if (plan.data !== undefined) {
    return (
      <Dialog title={title} size="lg" onClose={onClose}>
        <Plan
          id={plan.data.id}
          isStarting={work.isPending}
          error={work.error}
          onBack={() => plan.reset()}
          onGo={() => work.mutate()}
        />
      </Dialog>
    );
  }
  const words: Overwrite[] = ['never', 'if-changed', 'always'];
  return (
    <Dialog title={title} size="lg" onClose={onClose}>
      <Form onSubmit={() => plan.mutate()}>
        <Radio.Group label={t('restore.where')} value={to} onChange={(value) => setTo(value)}>
          <Stack gap="xs" mt={6}>
            <Radio value="place" label={t('restore.place')} description={t('restore.placeHint')} />
            <Radio
              value="original"
              label={t('restore.original')}
              description={t('restore.originalHint', { path: entry.path })}
            />
          </Stack>
        </Radio.Group>
        {to === 'place' ? (
          <TextInput
            label={t('restore.folder')}
            description={t('restore.folderHint')}
            placeholder="/srv/restored"
            required
            value={target}
            classNames={{ input: 'mono' }}
            autoComplete="off"
            onChange={(event) => setTarget(event.currentTarget.value)}
          />
        ) : null}
        <Select
          label={t('restore.existing')}
          data={words.map((value) => ({ value, label: t(`restore.overwrite.${value}`) }))}
          value={overwrite}
          allowDeselect={false}
          onChange={(value) => setOverwrite(value as Overwrite)}
        />
        {needsReason ? <ReasonField value={reason} onChange={setReason} /> : null}
        <FormEnd
          submit={t('restore.plan')}
          isPending={plan.isPending}
          isReady={(to === 'original' || target.startsWith('/')) && (!needsReason || isReason(reason))}
          error={plan.error}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  );
}

// Asked again until it is over.
function useRestore(id: string) {
  return useQuery({
    queryKey: ['restore', id],
    queryFn: () => api<RestoreView>('GET', `/restores/${id}`),
    refetchInterval: ({ state }) => (state.data?.outcome === undefined ? 400 : false),
    gcTime: 0,
  });
}

function Plan(props: { id: string; isStarting: boolean; error: Error | null; onBack: () => void; onGo: () => void }) {
  const { t, bytes } = useTexts();
  const failureText = useFailureText();
  const { data, error } = useRestore(props.id);
  const back = (
    <Button variant="default" onClick={props.onBack}>
      {t('restore.back')}
    </Button>
  );
  const failure = data?.failure ?? (error === null ? undefined : viewOfError(error));
  if (failure !== undefined) {
    return (
      <Stack>
        <FailureBox failure={failure} />
        <Group justify="flex-end">{back}</Group>
      </Stack>
    );
  }
  if (data?.outcome === undefined) {
    return (
      <Stack role="status">
        <Text>{t('restore.planning')} …</Text>
        <Progress value={100} animated aria-label={t('restore.planning')} />
      </Stack>
    );
  }
  const counted = whats.filter((what) => data.counts[what] > 0);
  const isNothing = data.counts.new + data.counts.replace === 0;
  return (
    <Stack gap="sm">
      <Text fw={600}>{t('restore.planTitle')}</Text>
      <Text role="status">
        {isNothing ? `${t('restore.planNothing')} ` : ''}
        {counted.map((what) => t(`restore.counts.${what}`, { count: data.counts[what] })).join(', ')}
        {counted.length === 0 ? '' : '. '}
        {t('restore.bytesInAll', { bytes: bytes(data.bytes), target: data.target })}
      </Text>
      {data.counts.replace === 0 ? null : (
        <Alert
          color="red"
          icon={<Icon name="warning" />}
          title={t('restore.loses', { count: data.counts.replace })}
          role="alert"
        />
      )}
      {data.entries.length === 0 ? null : (
        <RowsTable
          label={t('restore.planTitle')}
          rows={data.entries}
          columns={[
            {
              title: t('restore.path'),
              width: 'minmax(0, 1fr)',
              onPhone: true,
              cell: ({ path, failure }) => (
                <span className="mono clip" title={failure === undefined ? path : failureText(failure).message}>
                  {path}
                </span>
              ),
            },
            { title: t('restore.size'), width: '96px', isNumber: true, cell: (each) => bytes(each.bytes) },
            {
              title: t('restore.planTitle'),
              isTitleHidden: true,
              width: '104px',
              onPhone: true,
              cell: ({ what }) => t(`restore.what.${what}`),
            },
          ]}
        />
      )}
      {props.error === null ? null : <FailureBox failure={viewOfError(props.error)} />}
      <Group justify="flex-end">
        {back}
        <Button loading={props.isStarting} onClick={props.onGo} {...(data.counts.replace > 0 ? { color: 'red' } : {})}>
          {t('restore.go')}
        </Button>
      </Group>
    </Stack>
  );
}

function Work({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, bytes } = useTexts();
  const failureText = useFailureText();
  const { data, error } = useRestore(id);
  const cancel = useMutation({ mutationFn: () => api('POST', `/restores/${id}/cancel`, {}) });
  if (error !== null) return <FailureBox failure={viewOfError(error)} />;
  if (data?.outcome === undefined) {
    const share = data?.bytesTotal === undefined ? undefined : (100 * data.bytes) / Math.max(1, data.bytesTotal);
    return (
      <Stack role="status">
        <Text fw={600}>{t('restore.going')} …</Text>
        <Progress value={share ?? 100} animated={share === undefined} aria-label={t('restore.going')} />
        <Group justify="space-between">
          <Text size="sm" className="quiet">
            {data === undefined ? '' : `${t('items.files', { count: data.files })}, ${bytes(data.bytes)}`}
          </Text>
          <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {t('restore.cancel')}
          </Button>
        </Group>
      </Stack>
    );
  }
  const facts = { files: t('items.files', { count: data.files }), target: data.target };
  const trouble = data.entries.filter(({ what }) => what === 'cannot');
  // What could not be set where Orbit is not root is no trouble of the content.
  const isWhole = data.outcome === 'succeeded' || (data.outcome === 'partial' && trouble.length === 0);
  return (
    <Stack>
      {data.failure === undefined ? (
        <Alert
          color={isWhole ? 'green' : 'yellow'}
          icon={<Icon name={isWhole ? 'check' : 'warning'} />}
          role="status"
          title={
            data.outcome === 'cancelled'
              ? t('restore.cancelled')
              : t(isWhole ? 'restore.done' : 'restore.partly', facts)
          }
        >
          {data.notSet === undefined ? null : t('restore.notSet', { count: data.notSet })}
        </Alert>
      ) : (
        <FailureBox failure={data.failure} />
      )}
      {trouble.slice(0, 50).map(({ path, failure }) => (
        <Text size="sm" key={path}>
          <span className="mono">{path}</span> {failure === undefined ? null : failureText(failure).message}
        </Text>
      ))}
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          {t('dialog.done')}
        </Button>
      </Group>
    </Stack>
  );
}
