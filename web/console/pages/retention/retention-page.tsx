// Retention: what the rules would let go, shown before anything goes; and what is held whatever they say.
import { Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { BackupSettings, JobView } from '../../../../src/api/schemas/jobs.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Go } from '../../app/router.tsx';
import { useMe } from '../../app/session.ts';
import { EndHoldDialog, type Hold, HoldDialog, HoldStatus, useHolds } from '../../parts/holds.tsx';
import { Icon } from '../../parts/icons.tsx';
import { useJobName } from '../../parts/job-name.ts';
import { Empty, Loaded, Page, OpenSection } from '../../parts/page.tsx';
import { useRetentionWords } from '../../parts/retention.tsx';
import { RowButton } from '../../parts/row-button.tsx';
import { type Column, RowsTable, TwoLines, actionsColumn } from '../../parts/table.tsx';
import { RetentionPlan } from './retention-plan.tsx';

/** Retention. */
export function RetentionPage() {
  const { t } = useTexts();
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => api<BackupSettings>('GET', '/settings/backup') });
  return (
    <Page title={t('retention.title')} lead={t('retention.lead')}>
      <Holds />
      <section aria-labelledby="rules">
        <Title order={2} id="rules">
          {t('retention.rules')}
        </Title>
        <Text size="sm" className="quiet" mb="sm">
          {t('retention.rulesLead')}
        </Text>
        <Loaded query={settings}>
          {({ jobs }) => (
            <Stack gap="md">
              {jobs.map((job) => (
                <JobRetention key={job.name} job={job} />
              ))}
            </Stack>
          )}
        </Loaded>
      </section>
    </Page>
  );
}

function JobRetention({ job }: { job: JobView }) {
  const { t } = useTexts();
  const { mayChange, mayRun } = useMe();
  const jobName = useJobName();
  const words = useRetentionWords();
  const [isShown, setShown] = useState(false);
  const hasRule = job.retention !== undefined;
  return (
    <Card withBorder padding="lg" component="section" aria-label={jobName(job.name)}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Group gap="sm" wrap="nowrap" align="flex-start" className="grow-wide">
          <span className="kind-icon">
            <Icon name={job.kind} size={22} />
          </span>
          <div>
            <Title order={3}>{jobName(job.name)}</Title>
            <Text size="sm">{words(job.retention)}</Text>
            {mayChange ? (
              <Go to={`/settings/backup?edit=${encodeURIComponent(job.name)}`} size="sm">
                {t('retention.change')}
              </Go>
            ) : null}
          </div>
        </Group>
        {hasRule && mayRun && !isShown ? (
          <RowButton isMain of={jobName(job.name)} onClick={() => setShown(true)}>
            {t('retention.plan')}
          </RowButton>
        ) : null}
      </Group>
      {isShown ? <RetentionPlan job={job} /> : null}
    </Card>
  );
}

function Holds() {
  const { t } = useTexts();
  const { mayRun } = useMe();
  const holds = useHolds();
  const [isHolding, setHolding] = useState(false);
  const add = mayRun ? (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setHolding(true)}>
      {t('holds.add')}
    </Button>
  ) : null;
  return (
    <OpenSection
      id="holds"
      title={t('holds.title')}
      lead={t('holds.lead')}
      action={holds.data === undefined || holds.data.holds.length === 0 ? null : add}
    >
      <Loaded query={holds} lines={1}>
        {(data) =>
          data.holds.length === 0 ? (
            <Empty icon="hold" title={t('holds.emptyTitle')} hint={t('holds.emptyHint')}>
              {add}
            </Empty>
          ) : (
            <HoldTable holds={data.holds} />
          )
        }
      </Loaded>
      {isHolding ? <HoldDialog onClose={() => setHolding(false)} /> : null}
    </OpenSection>
  );
}

function HoldTable({ holds }: { holds: Hold[] }) {
  const { t, moment, relative } = useTexts();
  const { mayChange, mayRun } = useMe();
  const jobName = useJobName();
  const [ended, setEnded] = useState<Hold>();
  const nameOf = ({ madeBy, copy }: Hold): string =>
    madeBy === undefined
      ? t('holds.otherRun') + ` ${copy.slice(0, 8)}`
      : `${jobName(madeBy.job)}, ${moment(madeBy.at)}`;
  const columns: Column<Hold>[] = [
    {
      title: t('holds.backup'),
      width: 'minmax(0, 1.4fr)',
      onPhone: true,
      cell: (hold) => (
        <TwoLines
          first={hold.madeBy === undefined ? nameOf(hold) : jobName(hold.madeBy.job)}
          second={
            hold.madeBy === undefined ? undefined : (
              <Go to={`/runs/${hold.madeBy.run}`} size="xs">
                {[moment(hold.madeBy.at), t('holds.run', { id: hold.madeBy.run }), ...hold.madeBy.destinations].join(
                  ' · ',
                )}
              </Go>
            )
          }
        />
      ),
    },
    { title: t('holds.how'), width: '140px', cell: ({ how }) => <HoldStatus how={how} /> },
    {
      title: t('holds.reason'),
      width: 'minmax(0, 1.6fr)',
      onPhone: true,
      cell: ({ reason, heldBy, heldAt }) => (
        <TwoLines
          first={<span title={reason}>{reason}</span>}
          second={t('holds.by', { name: heldBy, when: relative(heldAt) })}
        />
      ),
    },
    ...(mayRun
      ? [
          actionsColumn(t('common.actions'), '112px', (hold: Hold) =>
            hold.how === 'legal' && !mayChange ? null : (
              <RowButton of={nameOf(hold)} onClick={() => setEnded(hold)}>
                {t('holds.end')}
              </RowButton>
            ),
          ),
        ]
      : []),
  ];
  return (
    <>
      <RowsTable label={t('holds.title')} columns={columns} rows={holds} />
      {ended === undefined ? null : (
        <EndHoldDialog hold={ended} about={nameOf(ended)} onClose={() => setEnded(undefined)} />
      )}
    </>
  );
}
