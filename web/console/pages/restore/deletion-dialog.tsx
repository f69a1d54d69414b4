// Deletes snapshots that somebody chose: which first, then what would be lost, then for good.
import { Alert, Button, Checkbox, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { DeletionDoneView, DeletionPlanView } from '../../../../src/api/schemas/deletions.ts';
import type { SnapshotView } from '../../../../src/api/schemas/restore.ts';
import { copyAddress } from '../../app/addresses.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { Reason } from '../../parts/holds.tsx';
import { Icon } from '../../parts/icons.tsx';
import { useNoteText } from '../../parts/note-text.ts';
import { useReasonText } from '../../parts/reason-text.ts';
import { isReason } from '../../parts/reason-field.tsx';
import { type Column, RowsTable, TwoLines } from '../../parts/table.tsx';
import type { Copy } from './restore-page.tsx';

const chosenMax = 200;

/** The dialog. `chosen` is chosen when it opens. */
export function DeletionDialog(props: {
  copy: Copy;
  snapshots: readonly SnapshotView[];
  chosen: string;
  onClose: () => void;
}) {
  const { copy, snapshots, onClose } = props;
  const { t } = useTexts();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set([props.chosen]));
  const plan = useMutation({
    mutationFn: () => api<DeletionPlanView>('POST', `${copyAddress(copy)}/deletion-plan`, { snapshots: [...chosen] }),
  });
  return (
    <Dialog title={t('deletion.title', { destination: copy.destination })} size="lg" onClose={onClose}>
      {plan.data === undefined ? (
        <Stack gap="md">
          <Text size="sm">{t('deletion.lead', { destination: copy.destination })}</Text>
          <Choice snapshots={snapshots} chosen={chosen} onChoose={setChosen} />
          {plan.error === null ? null : <FailureBox failure={viewOfError(plan.error)} />}
          <Group justify="space-between">
            <Text size="sm" role="status">
              {t('deletion.chosen', { count: chosen.size })}
              {chosen.size > chosenMax ? ` ${t('deletion.tooMany', { count: chosenMax })}` : ''}
            </Text>
            <Button
              loading={plan.isPending}
              disabled={chosen.size === 0 || chosen.size > chosenMax}
              onClick={() => plan.mutate()}
            >
              {t('deletion.plan')}
            </Button>
          </Group>
        </Stack>
      ) : (
        <Decision copy={copy} plan={plan.data} onBack={() => plan.reset()} onClose={onClose} />
      )}
    </Dialog>
  );
}

function Choice(props: {
  snapshots: readonly SnapshotView[];
  chosen: ReadonlySet<string>;
  onChoose: (chosen: ReadonlySet<string>) => void;
}) {
  const { snapshots, chosen, onChoose } = props;
  const { t, moment } = useTexts();
  const about = useAbout();
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChoose(next);
  };
  const columns: Column<SnapshotView>[] = [
    {
      title: t('deletion.choose'),
      isTitleHidden: true,
      width: '52px',
      onPhone: true,
      cell: ({ id, at }) => (
        <Checkbox
          aria-label={`${t('deletion.choose')}: ${moment(at)}, ${id.slice(0, 8)}`}
          checked={chosen.has(id)}
          onChange={() => toggle(id)}
        />
      ),
    },
    {
      title: t('restore.snapshot'),
      width: 'minmax(0, 1fr)',
      onPhone: true,
      cell: (snapshot) => <TwoLines first={moment(snapshot.at)} second={about(snapshot)} />,
    },
  ];
  return (
    <RowsTable
      label={t('deletion.choose')}
      columns={columns}
      rows={snapshots}
      isSelected={({ id }) => chosen.has(id)}
    />
  );
}

function Decision(props: { copy: Copy; plan: DeletionPlanView; onBack: () => void; onClose: () => void }) {
  const { copy, plan, onBack, onClose } = props;
  const { t, bytes } = useTexts();
  const noteText = useNoteText();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const [frees, setFrees] = useState(false);
  const work = useMutation({
    mutationFn: () =>
      api<DeletionDoneView>('POST', `${copyAddress(copy)}/deletions`, {
        snapshots: plan.remove.map(({ id }) => id),
        reason,
        frees,
      }),
    onSuccess: () => client.invalidateQueries(),
  });
  const back = (
    <Button variant="default" onClick={onBack}>
      {t('deletion.back')}
    </Button>
  );
  if (work.data !== undefined) {
    const { removed, left, freedBytes } = work.data;
    return (
      <Stack gap="md">
        <Alert
          color="green"
          icon={<Icon name="check" />}
          role="status"
          title={t('deletion.done', { count: removed.length })}
        >
          {t('restore.snapshots', { count: left })}.{' '}
          {frees ? t('retention.freed', { bytes: bytes(freedBytes) }) : t('deletion.spaceLater')}
        </Alert>
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('common.done')}</Button>
        </Group>
      </Stack>
    );
  }
  // That a request was made is no mistake.
  const isWaiting = work.error !== null && viewOfError(work.error).code === 'approvals.waiting';
  if (plan.appendOnly !== undefined || plan.remove.length === 0) {
    return (
      <Stack gap="md">
        {plan.appendOnly === undefined ? (
          <Text fw={600}>{t('deletion.nothing')}</Text>
        ) : (
          <Alert color="yellow" icon={<Icon name="warning" />} title={t('retention.cannot')}>
            {noteText(plan.appendOnly)}. {t('deletion.appendOnlyHint')}
          </Alert>
        )}
        <Staying plan={plan} />
        <Group justify="flex-end">{back}</Group>
      </Stack>
    );
  }
  return (
    <Form onSubmit={() => work.mutate()}>
      <Losing copy={copy} plan={plan} />
      <Staying plan={plan} />
      <Reason value={reason} onChange={setReason} />
      <Checkbox
        label={t('deletion.frees')}
        description={t('deletion.freesHint')}
        checked={frees}
        onChange={(event) => setFrees(event.currentTarget.checked)}
      />
      <TextInput
        label={t('deletion.confirm', { destination: copy.destination })}
        required
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {isWaiting ? (
        <Alert color="yellow" icon={<Icon name="key" />} role="status" title={t('deletion.waits')}>
          {t('deletion.waitsHint')}
        </Alert>
      ) : null}
      <FormEnd
        submit={t('deletion.go', { count: plan.remove.length })}
        isDangerous
        isPending={work.isPending}
        isReady={isReason(reason) && typed.trim() === copy.destination}
        error={isWaiting ? null : work.error}
        onCancel={onClose}
      >
        {back}
      </FormEnd>
    </Form>
  );
}

function Losing({ copy: { destination }, plan: { remove, left } }: { copy: Copy; plan: DeletionPlanView }) {
  const { t, moment } = useTexts();
  const about = useAbout();
  return (
    <Alert
      color="red"
      icon={<Icon name="warning" />}
      title={t('deletion.loses', { count: remove.length, destination })}
    >
      <ul className="plain-list scrolls">
        {remove.map((snapshot) => (
          <li key={snapshot.id}>
            {moment(snapshot.at)} <span className="quiet">{about(snapshot)}</span>
          </li>
        ))}
      </ul>
      <Text size="sm" mt="xs">
        {t('deletion.losesHint')} {t('deletion.left', { count: left })}
      </Text>
    </Alert>
  );
}

function Staying({ plan: { stay } }: { plan: DeletionPlanView }) {
  const { t, moment } = useTexts();
  const reasonText = useStayReason();
  if (stay.length === 0) return null;
  return (
    <Alert color="gray" icon={<Icon name="hold" />} title={t('deletion.stays', { count: stay.length })}>
      <ul className="plain-list scrolls">
        {stay.map(({ snapshot, reasons }) => (
          <li key={snapshot.id}>
            {moment(snapshot.at)}: {reasons.map(reasonText).join('; ')}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

function useStayReason(): (reason: DeletionPlanView['stay'][number]['reasons'][number]) => string {
  const { t } = useTexts();
  const reasonText = useReasonText();
  return ({ why, reason = '' }) => (why === 'held' ? reasonText(`protected: ${reason}`) : t(`deletion.why.${why}`));
}

/** What is told of a snapshot beside its moment. */
function useAbout(): (snapshot: SnapshotView) => string {
  const { t, bytes } = useTexts();
  return ({ id, host, files, bytes: size }) =>
    [
      id.slice(0, 8),
      host,
      ...(files === undefined ? [] : [t('items.files', { count: files })]),
      ...(size === undefined ? [] : [bytes(size)]),
    ].join(' · ');
}
