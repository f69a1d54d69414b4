// One drill: its report, whose signature the service checked, and the files an auditor takes away.
import { Card, Group, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { DrillReportView } from '../../../../src/api/schemas/drills.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Go } from '../../app/router.tsx';
import { DownloadButton } from '../../parts/download-button.tsx';
import { Fact, Loaded, Page } from '../../parts/page.tsx';
import { Status } from '../../parts/status.tsx';
import { DrillSteps } from './drill-steps.tsx';

/** One drill. */
export function DrillPage({ id }: { id: string }) {
  const { t, moment, duration, relative, number, language } = useTexts();
  const path = `/drills/${encodeURIComponent(id)}`;
  const report = useQuery({ queryKey: ['drill', id], queryFn: () => api<DrillReportView>('GET', path), retry: false });
  const title =
    report.data === undefined
      ? t('drills.report')
      : t('drills.reportOf', { when: moment(report.data.drill.startedAt) });
  return (
    <Stack>
      <Go to="/drills" size="sm">
        ← {t('drills.back')}
      </Go>
      <Page title={title}>
        <Loaded query={report}>
          {({ drill, copy, ...data }) => (
            <Stack gap="lg">
              <Card withBorder padding="lg">
                <Group gap="sm" mb="sm">
                  <Title order={2}>
                    {t(`kind.${drill.kind}`)}, {drill.destination}
                  </Title>
                  <Status tone={drill.result === 'passed' ? 'good' : 'bad'}>{t(`drills.${drill.result}`)}</Status>
                </Group>
                <dl className="facts">
                  <Fact name={t('drills.copy')}>
                    <span className="mono">{[copy.location, copy.name].filter(Boolean).join(' ')}</span>
                    {copy.madeAt === undefined ? null : (
                      <div className="quiet">{t('drills.madeAt', { when: relative(copy.madeAt) })}</div>
                    )}
                  </Fact>
                  <Fact name={t('drills.took')}>{duration(data.durationMs)}</Fact>
                  {data.firstReadableMs === undefined ? null : (
                    <Fact name={t('drills.firstReadable')}>{duration(data.firstReadableMs)}</Fact>
                  )}
                  {data.sampled === 0 ? null : <Fact name={t('drills.sampled')}>{number(data.sampled)}</Fact>}
                  <Fact name={t('drills.by')}>
                    {data.user}, {t(`drills.way.${drill.way}`)}
                  </Fact>
                  <Fact name={t('drills.host')}>{data.host}</Fact>
                  {data.people.length === 0 ? null : (
                    <Fact name={t('drills.people')}>
                      {data.people.map(({ name, role }) => (role === '' ? name : `${name} (${role})`)).join(', ')}
                    </Fact>
                  )}
                </dl>
                <Group mt="md" gap="sm">
                  <DownloadButton to={`${path}/report?as=${language}`}>{t('drills.page')}</DownloadButton>
                  <DownloadButton to={`${path}/report?as=json`}>{t('drills.data')}</DownloadButton>
                </Group>
              </Card>
              <Card withBorder padding="lg" component="section" aria-labelledby="steps">
                <Title order={2} id="steps" mb="sm">
                  {t('drills.stepsTitle')}
                </Title>
                <DrillSteps steps={data.steps} />
              </Card>
            </Stack>
          )}
        </Loaded>
      </Page>
    </Stack>
  );
}
