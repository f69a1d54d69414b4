// One run: at each destination what was new, what was sent and read back; or why not, and what to do.
import { Card, CopyButton, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RunSummaryView, RunView } from '../../../src/api/schemas/runs.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useLiveRuns } from '../app/live-runs.ts';
import { Go } from '../app/router.tsx';
import { AcceptDrop } from '../parts/accept-drop.tsx';
import { FailureBox } from '../parts/failure.tsx';
import { HoldMark } from '../parts/holds.tsx';
import { Icon } from '../parts/icons.tsx';
import { useNoteText } from '../parts/note-text.ts';
import { Fact, Loaded, Page } from '../parts/page.tsx';
import { LiveProgress } from '../parts/progress.tsx';
import { RunLog } from '../parts/run-log.tsx';
import { OutcomeStatus } from '../parts/status.tsx';
import { RowButton } from '../parts/row-button.tsx';

/** One run. */
export function RunPage({ id }: { id: number }) {
  const { t, moment, duration } = useTexts();
  const run = useQuery({ queryKey: ['run', id], queryFn: () => api<RunView>('GET', `/runs/${id}`) });
  const live = useLiveRuns().find((each) => each.id === id);
  return (
    <Stack>
      <Go to="/runs" size="sm">
        ← {t('runs.back')}
      </Go>
      <Page title={t('runs.run', { id })} action={<CopyLink />}>
        <Loaded query={run}>
          {(data) => (
            <Stack gap="lg">
              <Card withBorder padding="lg">
                <Group gap="sm" mb={4}>
                  <Title order={2}>{t(`kind.${data.kind}`)}</Title>
                  <OutcomeStatus outcome={data.outcome} />
                </Group>
                <Text className="quiet">
                  {moment(data.startedAt)}, {t(`runs.by.${data.startedBy}`)}
                  {data.endedAt === undefined
                    ? ''
                    : `, ${t('runs.inTime', { time: duration(Date.parse(data.endedAt) - Date.parse(data.startedAt)) })}`}
                </Text>
              </Card>
              {live === undefined ? null : (
                <Card withBorder padding="lg">
                  <LiveProgress run={live} />
                </Card>
              )}
              {data.failure === undefined ? null : (
                <FailureBox failure={data.failure}>
                  <AcceptDrop job={data.job} code={data.failure.code} />
                </FailureBox>
              )}
              {data.dropAccepted === undefined ? null : (
                <Text size="sm">{t('drop.accepted', { reason: data.dropAccepted })}</Text>
              )}
              {data.results.map((result) => (
                <Card
                  key={result.destination}
                  withBorder
                  padding="lg"
                  component="section"
                  aria-label={result.destination}
                >
                  <Group gap="sm" mb="sm">
                    <Title order={3}>{result.destination}</Title>
                    <OutcomeStatus outcome={result.outcome} />
                    <Text size="sm" className="quiet grow">
                      {t('runs.inTime', { time: duration(Date.parse(result.endedAt) - Date.parse(result.startedAt)) })}
                    </Text>
                    {result.summary?.made === undefined ? null : (
                      <HoldMark
                        copies={[result.summary.made]}
                        of={`${t(`kind.${data.kind}`)}, ${moment(data.startedAt)}, ${result.destination}`}
                      />
                    )}
                  </Group>
                  {result.failure === undefined ? null : <FailureBox failure={result.failure} />}
                  {result.summary === undefined ? null : (
                    <Summary run={data} place={result.destination} summary={result.summary} />
                  )}
                </Card>
              ))}
              <RunLog id={id} isLive={live !== undefined} />
            </Stack>
          )}
        </Loaded>
      </Page>
    </Stack>
  );
}

// The address of this page, for a ticket or a message.
function CopyLink() {
  const { t } = useTexts();
  return (
    <CopyButton value={location.href}>
      {({ copied, copy }) => (
        <RowButton onClick={copy} leftSection={<Icon name={copied ? 'check' : 'link'} size={14} />}>
          {t(copied ? 'common.copied' : 'runs.copyLink')}
        </RowButton>
      )}
    </CopyButton>
  );
}

// Where one looks into what a run made.
function lookAt({ job, kind }: RunView, place: string, made: string): string {
  return kind === 'secrets'
    ? `/kits?${new URLSearchParams({ kit: `${job}@${place}/${made.replace('secrets/', '')}` })}`
    : `/restore?${new URLSearchParams({ copy: `${kind}@${place}`, snapshot: made })}`;
}

function Summary({ run, place, summary }: { run: RunView; place: string; summary: RunSummaryView }) {
  const { kind } = run;
  const { t, bytes, duration } = useTexts();
  const noteText = useNoteText();
  const items = (count: number): string => t(kind === 'secrets' ? 'items.secrets' : 'items.files', { count });
  const isSame = summary.newItems === 0 && summary.newBytes === 0;
  const more = summary.omitted - summary.omissions.length;
  return (
    <dl className="facts">
      <Fact name={t('runs.wasNew')}>
        {isSame ? t('runs.nothingNew') : `${items(summary.newItems)}, ${bytes(summary.newBytes)}`}
      </Fact>
      <Fact name={t('runs.total')}>
        {items(summary.items)}, {bytes(summary.bytes)}
      </Fact>
      <Fact name={t('runs.sent')}>
        {t('runs.objects', { count: summary.sentObjects })}, {bytes(summary.sentBytes)},{' '}
        {t('runs.inTime', { time: duration(summary.transferMs) })}
      </Fact>
      <Fact name={t('runs.verified')}>
        {t('runs.objects', { count: summary.verifiedObjects })}, {bytes(summary.verifiedBytes)}
      </Fact>
      {summary.made === undefined ? null : (
        <Fact name={t(`runs.made.${kind}`)}>
          <Go to={lookAt(run, place, summary.made)}>{t(kind === 'secrets' ? 'runs.openKit' : 'runs.openSnapshot')}</Go>
          <div className="mono quiet">{summary.made.replace('secrets/', '')}</div>
        </Fact>
      )}
      {summary.omitted === 0 ? null : (
        <Fact name={t('runs.omitted', { count: summary.omitted })}>
          {summary.omissions.map((omission) => (
            <div key={omission} className="mono">
              {omission}
            </div>
          ))}
          {more > 0 ? `+ ${more}` : ''}
        </Fact>
      )}
      {summary.notes.length === 0 ? null : (
        <Fact name={t('runs.notes')}>
          {summary.notes.map((note) => (
            <div key={noteText(note)}>{noteText(note)}</div>
          ))}
        </Fact>
      )}
    </dl>
  );
}
