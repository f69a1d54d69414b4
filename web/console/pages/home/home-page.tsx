// Home: could we recover right now? One sentence, then what is wrong, each kind, and what is not protected yet.
import { Button, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { FirstSteps } from '../../../../src/api/schemas/first-steps.ts';
import type { Overview } from '../../../../src/api/schemas/overview.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { goTo } from '../../app/router.tsx';
import { useMe } from '../../app/session.ts';
import { Icon } from '../../parts/icons.tsx';
import { Loaded, Page } from '../../parts/page.tsx';
import { Sizes } from '../../parts/sizes.tsx';
import { Gaps } from './gaps.tsx';
import { KindCard } from './kind-card.tsx';
import { Problems } from './problems.tsx';

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
