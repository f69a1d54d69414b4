// Home: could we recover right now? One sentence, then what is wrong, each kind, and what is not protected yet.
import { Button, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FirstSteps } from '../../../src/api/schemas/first-steps.ts';
import type {
  CopyHealthView,
  Gap,
  JobReadinessView,
  OpenProblem,
  Overview,
} from '../../../src/api/schemas/overview.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useLiveRuns } from '../app/live-runs.ts';
import { Go, goTo } from '../app/router.tsx';
import { useMe } from '../app/session.ts';
import { AcceptDrop } from '../parts/accept-drop.tsx';
import { useJobName } from '../parts/job-name.ts';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { Icon } from '../parts/icons.tsx';
import { Loaded, Page } from '../parts/page.tsx';
import { LiveProgress } from '../parts/progress.tsx';
import { Sizes } from '../parts/sizes.tsx';
import { Status } from '../parts/status.tsx';
import { RowButton } from '../parts/row-button.tsx';

const everyMs = 10_000;

/** Home. */
export function HomePage() {
  const { t } = useTexts();
  const home = useQuery({
    queryKey: ['overview'],
    queryFn: () => api<Overview>('GET', '/overview'),
    refetchInterval: everyMs,
  });
  document.title = `${t('nav.home')} · ${t('app.name')}`;
  if (home.data === undefined) {
    return (
      <Page title={t('nav.home')}>
        <Loaded query={home} lines={4}>
          {() => null}
        </Loaded>
      </Page>
    );
  }
  return (
    <Loaded query={home} lines={4}>
      {(overview) => (
        <Stack gap="xl">
          <GoOn />
          <Answer overview={overview} />
          {overview.problems.length === 0 ? null : <Problems problems={overview.problems} />}
          <SimpleGrid cols={{ base: 1, md: 2, lg: 3 }} spacing="lg">
            {overview.jobs.map((job) => (
              <KindCard key={job.job} job={job} />
            ))}
          </SimpleGrid>
          {overview.gaps.length === 0 ? null : <Gaps gaps={overview.gaps} />}
          <Sizes />
        </Stack>
      )}
    </Loaded>
  );
}

// Whoever left the first steps before the end finds the way back here.
function GoOn() {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const state = useQuery({ queryKey: ['first-steps'], queryFn: () => api<FirstSteps>('GET', '/first-steps') });
  if (!mayChange || state.data === undefined || state.data.isOver) return null;
  const marks = Object.values(state.data.done);
  return (
    <Card withBorder padding="md" className="go-on">
      <Group justify="space-between">
        <Text fw={600}>{t('firstSteps.banner', { done: marks.filter(Boolean).length, total: marks.length })}</Text>
        <Button size="sm" onClick={() => goTo('/first-steps')}>
          {t('firstSteps.goOn')}
        </Button>
      </Group>
    </Card>
  );
}

function Answer({ overview }: { overview: Overview }) {
  const { t, age, moment } = useTexts();
  const { verdict, recoverableTo, hasRecoveryKey } = overview;
  const oldest = recoverableTo === undefined ? 0 : Date.parse(overview.now) - Date.parse(recoverableTo);
  const because = hasRecoveryKey ? t(`home.because.${verdict}`, { age: age(oldest) }) : t('home.because.noKey');
  return (
    <section className={`answer answer-${verdict}`} aria-labelledby="answer">
      <span className="answer-sign">
        <Icon name={verdict === 'yes' ? 'check' : verdict === 'no' ? 'cross' : 'warning'} size={34} />
      </span>
      <div>
        <Text size="sm" fw={600} className="quiet">
          {t('home.question')}
        </Text>
        <Title order={1} id="answer">
          {t(`home.verdict.${verdict}`)}
        </Title>
        <Text mt={4}>{because}</Text>
        {recoverableTo === undefined ? null : (
          <Text size="sm" className="quiet" mt={2}>
            {t('home.to', { time: moment(recoverableTo) })}
          </Text>
        )}
      </div>
    </section>
  );
}

function Problems({ problems }: { problems: OpenProblem[] }) {
  const { t } = useTexts();
  const { role } = useMe();
  return (
    <section aria-labelledby="problems">
      <Group justify="space-between" align="baseline" mb="sm">
        <Title order={2} id="problems">
          {t('home.problems')}
        </Title>
        {role === 'custodian' ? null : (
          <Go to="/incidents" fz="sm">
            {t('incidents.see')}
          </Go>
        )}
      </Group>
      <Stack gap="sm">
        {problems.map((problem) => (
          <ProblemBox key={`${problem.what} ${problem.subject} ${problem.job ?? ''}`} problem={problem} />
        ))}
      </Stack>
    </section>
  );
}

function ProblemBox({ problem }: { problem: OpenProblem }) {
  const { t, relative } = useTexts();
  const client = useQueryClient();
  const { mayRun } = useMe();
  const jobName = useJobName();
  const { what, subject, job, run, since, failure } = problem;
  const test = useMutation({
    mutationFn: () => api('POST', `/destinations/${encodeURIComponent(subject)}/test`, {}),
    onSettled: () => client.invalidateQueries(),
  });
  const isWhole = what === 'run-failed' && job === subject;
  const sentence = t(`home.problem.${isWhole ? 'run-failed-whole' : what}`, { subject, job: jobName(job) });
  const when = since === undefined ? '' : `, ${t('home.problem.since', { when: relative(since) })}`;
  const isPlace = what === 'destination-lost' || what === 'destination-degraded';
  return (
    <FailureBox title={`${sentence}${when}`} failure={failure ?? { code: '', message: '' }}>
      <Group gap="xs">
        {isPlace && mayRun ? (
          <RowButton loading={test.isPending} onClick={() => test.mutate()}>
            {t('home.testNow')}
          </RowButton>
        ) : null}
        <AcceptDrop job={job} code={failure?.code} />
        {run === undefined ? null : <RowButton onClick={() => goTo(`/runs/${run}`)}>{t('home.look')}</RowButton>}
      </Group>
    </FailureBox>
  );
}

function KindCard({ job }: { job: JobReadinessView }) {
  const { t, relative } = useTexts();
  const { mayRun } = useMe();
  const client = useQueryClient();
  const live = useLiveRuns().find((run) => run.job === job.job);
  const start = useMutation({
    mutationFn: () => api('POST', `/jobs/${encodeURIComponent(job.job)}/runs`, {}),
    onSettled: () => client.invalidateQueries({ queryKey: ['overview'] }),
  });
  const isOff = !job.enabled;
  return (
    <Card withBorder padding="lg" className="kind-card" component="section" aria-label={t(`kind.${job.kind}`)}>
      <Group gap="sm" wrap="nowrap" align="flex-start" mb="sm">
        <span className="kind-icon">
          <Icon name={job.kind} size={22} />
        </span>
        <div>
          <Title order={2}>{t(`kind.${job.kind}`)}</Title>
          <Text size="sm" className="quiet">
            {t(`kindAbout.${job.kind}`)}
          </Text>
        </div>
      </Group>
      <div className="grow">
        {isOff ? (
          <div className="copy-row">
            <Status tone="quiet">{t('home.off')}</Status>
          </div>
        ) : job.copies.length === 0 ? (
          <div className="copy-row">
            <Status tone="bad">{t('home.noCopies')}</Status>
          </div>
        ) : (
          job.copies.map((copy) => <CopyRow key={copy.destination} copy={copy} />)
        )}
      </div>
      {live === undefined ? null : (
        <div className="copy-row">
          <LiveProgress run={live} />
        </div>
      )}
      {start.error === null ? null : <FailureBox failure={viewOfError(start.error)} />}
      <Group justify="space-between" gap="xs" mt="sm">
        <Text size="sm" className="quiet">
          {job.next === undefined ? '' : t('home.next', { when: relative(job.next) })}
        </Text>
        {mayRun && !isOff && job.copies.length > 0 ? (
          <RowButton
            isMain
            leftSection={<Icon name="play" size={14} />}
            loading={start.isPending}
            disabled={live !== undefined || job.isRunning}
            onClick={() => start.mutate()}
            of={t(`kind.${job.kind}`)}
          >
            {live !== undefined || job.isRunning ? t('home.running') : t('home.backUp')}
          </RowButton>
        ) : null}
      </Group>
    </Card>
  );
}

function CopyRow({ copy }: { copy: CopyHealthView }) {
  const { t, relative, bytes, age, moment } = useTexts();
  const isLost = copy.destinationState === 'lost';
  const tone = isLost ? 'bad' : copy.state === 'good' ? 'good' : copy.state === 'late' ? 'warn' : 'quiet';
  const count = copy.items ?? 0;
  return (
    <div className="copy-row">
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text fw={600} truncate title={copy.destination}>
          {copy.destination}
        </Text>
        <Status tone={tone}>{isLost ? t('home.lost') : t(`home.copy.${copy.state}`)}</Status>
      </Group>
      {copy.goodAt === undefined ? null : (
        <Text size="sm" title={moment(copy.goodAt)}>
          {t('home.lastGood', { when: relative(copy.goodAt) })}
        </Text>
      )}
      <Text size="xs" className="quiet">
        {[
          ...(copy.goodAt === undefined
            ? []
            : [
                `${t(copy.kind === 'secrets' ? 'items.secrets' : 'items.files', { count })}, ${bytes(copy.bytes ?? 0)}`,
              ]),
          ...(copy.state === 'late' ? [t('home.objective', { age: age(copy.objectiveMs) })] : []),
          ...(copy.onThisMachine ? [t('home.onThisMachine')] : []),
          ...(copy.drilledAt === undefined ? [] : [t('home.drilled', { when: relative(copy.drilledAt) })]),
          ...(copy.readBackSince === undefined ? [] : [t('home.readBack', { when: relative(copy.readBackSince) })]),
        ].join(' · ')}
      </Text>
    </div>
  );
}

function Gaps({ gaps }: { gaps: Gap[] }) {
  const { t } = useTexts();
  const jobName = useJobName();
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="gaps">
      <Title order={2} id="gaps" mb="xs">
        {t('home.gaps')}
      </Title>
      {gaps.map((gap) => (
        <div className="gap-row" key={`${gap.what} ${gap.subject ?? ''}`}>
          <Group gap="sm" wrap="nowrap" align="flex-start">
            <span className="tone-warn">
              <Icon name="warning" />
            </span>
            <Text size="sm">{t(`home.gap.${gap.what}`, { subject: jobName(gap.subject) })}</Text>
          </Group>
          <Mend gap={gap} />
        </div>
      ))}
    </Card>
  );
}

const mendedAt: Record<Gap['what'], string> = {
  'no-recovery-key': '/first-steps',
  'no-place': '/settings/backup?add',
  'only-this-machine': '/settings/backup?add',
  'recordings-off': '/settings/backup?edit=recordings',
  'job-off': '/settings/backup',
  'no-destination': '/settings/backup',
  'never-ran': '/',
  'one-way-to-open': '/recovery',
  'not-append-only': '/settings/backup',
  'nobody-told': '/alerts?add',
};

function Mend({ gap }: { gap: Gap }) {
  const { t } = useTexts();
  const { mayRun } = useMe();
  const client = useQueryClient();
  const start = useMutation({
    mutationFn: () => api('POST', `/jobs/${encodeURIComponent(gap.subject ?? '')}/runs`, {}),
    onSettled: () => client.invalidateQueries(),
  });
  const text = t(`home.mend.${gap.what}`);
  if (gap.what === 'never-ran') {
    return mayRun ? (
      <RowButton loading={start.isPending} onClick={() => start.mutate()}>
        {text}
      </RowButton>
    ) : null;
  }
  const needsSubject = gap.what === 'no-destination' || gap.what === 'job-off';
  const to = needsSubject ? `${mendedAt[gap.what]}?edit=${encodeURIComponent(gap.subject ?? '')}` : mendedAt[gap.what];
  return (
    <Go to={to} size="sm" fw={600}>
      {text} →
    </Go>
  );
}
