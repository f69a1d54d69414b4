// What the rule of one backup would let go now, destination by destination, with why the rest stays; and letting it go.
import { Alert, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { RetentionPlanView } from '../../../../src/api/schemas/holds.ts';
import type { JobView } from '../../../../src/api/schemas/jobs.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useMe } from '../../app/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { FailureBox } from '../../parts/failure.tsx';
import { HoldDialog } from '../../parts/holds.tsx';
import { Icon } from '../../parts/icons.tsx';
import { useJobName } from '../../parts/job-name.ts';
import { Loaded } from '../../parts/page.tsx';
import { useReasonText } from '../../parts/reason-text.ts';
import { RowButton } from '../../parts/row-button.tsx';
import { Status } from '../../parts/status.tsx';
import { type Column, RowsTable, TwoLines, actionsColumn } from '../../parts/table.tsx';
import { useNoteText } from '../../parts/note-text.ts';

type Place = RetentionPlanView['places'][number];
interface Row {
  copy: string;
  at: string;
  /** Absent: it goes. */
  reasons?: string[];
}

/** See the head of this file. */
export function RetentionPlan({ job }: { job: JobView }) {
  const { t, bytes } = useTexts();
  const jobName = useJobName();
  const { mayChange } = useMe();
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const address = `/jobs/${encodeURIComponent(job.name)}/retention`;
  const plan = useQuery({
    queryKey: ['retention', job.name],
    queryFn: () => api<RetentionPlanView>('GET', address),
    gcTime: 0,
    retry: false,
  });
  const going = plan.data?.places.filter(({ appendOnly }) => appendOnly === undefined) ?? [];
  const shown = going.flatMap(({ remove }) => remove.map(({ copy }) => copy));
  const work = useMutation({
    mutationFn: () => api<RetentionPlanView>('POST', address, { shown }),
    onSuccess: async () => {
      setAsking(false);
      await client.invalidateQueries();
    },
  });
  const gone = work.data?.places.filter(({ appendOnly }) => appendOnly === undefined) ?? [];
  const freed = gone.reduce((sum, { freedBytes = 0 }) => sum + freedBytes, 0);
  return (
    <Stack gap="md" mt="md">
      {work.data === undefined ? null : (
        <Alert
          color="green"
          icon={<Icon name="check" />}
          role="status"
          title={t('retention.done', { count: gone.reduce((sum, { remove }) => sum + remove.length, 0) })}
        >
          {freed === 0 ? null : t('retention.freed', { bytes: bytes(freed) })}
        </Alert>
      )}
      {plan.isPending ? (
        <Text size="sm" className="quiet" role="status">
          {t('retention.planning')} …
        </Text>
      ) : null}
      <Loaded query={plan} lines={1}>
        {({ places }) => (
          <>
            {places.map((place) => (
              <PlacePlan key={place.destination} place={place} jobName={jobName(job.name)} />
            ))}
            {mayChange && shown.length > 0 ? (
              <Group justify="flex-end">
                <RowButton of={jobName(job.name)} onClick={() => setAsking(true)}>
                  {t('retention.do')}
                </RowButton>
              </Group>
            ) : null}
          </>
        )}
      </Loaded>
      {isAsking ? (
        <Confirm
          title={t('retention.doTitle', { count: shown.length, kind: jobName(job.name) })}
          confirm={t('retention.doConfirm')}
          isPending={work.isPending}
          error={work.error}
          onConfirm={() => work.mutate()}
          onClose={() => setAsking(false)}
        >
          {going.map((place) => (
            <Loss key={place.destination} place={place} />
          ))}
          <Text size="sm">{t('retention.doHint')}</Text>
        </Confirm>
      ) : null}
    </Stack>
  );
}

function Loss({ place: { destination, remove } }: { place: Place }) {
  const { t, moment } = useTexts();
  const times = remove.map(({ at }) => at).toSorted();
  const [first] = times;
  const last = times.at(-1);
  if (first === undefined || last === undefined) return null;
  return (
    <Text fw={600} className="tone-bad">
      {remove.length === 1
        ? t('retention.doLosesOne', { destination, first: moment(first) })
        : t('retention.doLoses', { destination, count: remove.length, first: moment(first), last: moment(last) })}
    </Text>
  );
}

function PlacePlan({ place, jobName }: { place: Place; jobName: string }) {
  const { t, moment, date, hour, bytes } = useTexts();
  const { mayRun } = useMe();
  const reasonText = useReasonText();
  const noteText = useNoteText();
  const [held, setHeld] = useState<Row>();
  const { destination, appendOnly, failure, keep, remove, freedBytes = 0 } = place;
  const rows: Row[] = [...remove, ...keep].toSorted((a, b) => (a.at > b.at ? -1 : Number(a.at < b.at)));
  const columns: Column<Row>[] = [
    {
      title: t('retention.made'),
      width: 'minmax(0, 1.2fr)',
      onPhone: true,
      cell: ({ at, reasons }) => (
        <TwoLines
          first={`${date(at)}, ${hour(at)}`}
          second={
            <Status tone={reasons === undefined ? 'bad' : 'good'}>
              {t(reasons === undefined ? 'retention.go' : 'retention.stay')}
            </Status>
          }
        />
      ),
    },
    {
      title: t('retention.why'),
      width: 'minmax(0, 2fr)',
      cell: ({ reasons }) => {
        const text = reasons === undefined ? t('retention.outOfRules') : reasons.map(reasonText).join(', ');
        return (
          <span className="clip" title={text}>
            {text}
          </span>
        );
      },
    },
    ...(mayRun
      ? [
          actionsColumn(t('common.actions'), '112px', (row: Row) =>
            row.reasons === undefined ? (
              <RowButton of={moment(row.at)} onClick={() => setHeld(row)}>
                {t('holds.protect')}
              </RowButton>
            ) : null,
          ),
        ]
      : []),
  ];
  const words = [
    remove.length === 0 ? t('retention.nothing') : t('retention.goes', { count: remove.length }),
    ...(keep.length === 0 ? [] : [t('retention.stays', { count: keep.length })]),
    ...(freedBytes === 0 ? [] : [t('retention.frees', { bytes: bytes(freedBytes) })]),
  ];
  return (
    <section aria-label={destination}>
      <Title order={4}>{destination}</Title>
      {failure === undefined ? (
        <Text size="sm" mb="xs" role="status">
          {words.join(' · ')}
        </Text>
      ) : (
        <FailureBox failure={failure} />
      )}
      {appendOnly === undefined ? null : (
        <Alert color="yellow" icon={<Icon name="warning" />} title={t('retention.cannot')} mb="xs">
          <Text size="sm">{noteText(appendOnly)}</Text>
        </Alert>
      )}
      {rows.length === 0 ? null : (
        <RowsTable label={`${t('retention.rules')}: ${destination}`} columns={columns} rows={rows} />
      )}
      {held === undefined ? null : (
        <HoldDialog copy={held.copy} about={`${jobName}, ${moment(held.at)}`} onClose={() => setHeld(undefined)} />
      )}
    </section>
  );
}
