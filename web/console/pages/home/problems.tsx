// What is wrong right now, each with its cure.
import { Group, Stack, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { OpenProblem } from '../../../../src/api/schemas/overview.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Go, goTo } from '../../app/router.tsx';
import { useMe } from '../../app/session.ts';
import { AcceptDrop } from '../../parts/accept-drop.tsx';
import { useJobName } from '../../parts/job-name.ts';
import { FailureBox } from '../../parts/failure.tsx';
import { useNoteText } from '../../parts/note-text.ts';
import { RowButton } from '../../parts/row-button.tsx';

/** The open problems. */
export function Problems({ problems }: { problems: OpenProblem[] }) {
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
  const { t, age } = useTexts();
  const client = useQueryClient();
  const { mayRun } = useMe();
  const jobName = useJobName();
  const { what, subject, job, run, since, failure, worries = [] } = problem;
  const message = worries.map(useNoteText()).join('; ');
  const test = useMutation({
    mutationFn: () => api('POST', `/destinations/${encodeURIComponent(subject)}/test`, {}),
    onSettled: () => client.invalidateQueries(),
  });
  const isWhole = what === 'run-failed' && job === subject;
  const sentence = t(`home.problem.${isWhole ? 'run-failed-whole' : what}`, { subject, job: jobName(job) });
  const when = since === undefined ? '' : `, ${t('home.problem.since', { age: age(Date.now() - Date.parse(since)) })}`;
  const isPlace = what === 'destination-lost' || what === 'destination-degraded';
  return (
    <FailureBox
      title={`${sentence}${when}`}
      isWorry={failure === undefined && what === 'destination-degraded'}
      failure={failure ?? { code: '', message }}
    >
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
