// Recovery: what opens the backups, who holds a part of it, and where the kits are.
import { Alert, Card, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Recovery } from '../../../src/api/schemas/recovery.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { CopyText } from '../parts/copy-text.tsx';
import { Icon } from '../parts/icons.tsx';
import { useJobName } from '../parts/job-name.ts';
import { Empty, Fact, Loaded, Page } from '../parts/page.tsx';
import { OutcomeStatus, Status } from '../parts/status.tsx';

/** Recovery. */
export function RecoveryPage() {
  const { t } = useTexts();
  const recovery = useQuery({ queryKey: ['recovery'], queryFn: () => api<Recovery>('GET', '/recovery') });
  return (
    <Page title={t('recovery.title')} lead={t('recovery.lead')}>
      <Loaded query={recovery}>
        {(data) => (
          <Stack gap="lg">
            <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
              <KeyCard recovery={data} />
              <HowCard />
            </SimpleGrid>
            <Kits kits={data.kits} />
            <Drills drills={data.drills} />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function KeyCard({ recovery }: { recovery: Recovery }) {
  const { t, relative, moment } = useTexts();
  const { key, custodians } = recovery;
  if (key === undefined) {
    return (
      <Alert color="red" icon={<Icon name="warning" />} title={t('recovery.noKey')}>
        <Text size="sm" mb="sm">
          {t('recovery.noKeyHint')}
        </Text>
        <CopyText text="orbit ceremony start" />
      </Alert>
    );
  }
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="key">
      <Title order={2} id="key" mb="sm">
        {t('recovery.key')}
      </Title>
      <dl className="facts">
        <Fact name={t('recovery.key')}>
          <span className="mono">{key.id}</span>
          <Text size="sm" className="quiet" title={moment(key.createdAt)}>
            {t('recovery.made', { when: relative(key.createdAt) })}
          </Text>
        </Fact>
        <Fact name={t('recovery.recipient')}>
          <span className="mono">{key.recipient}</span>
        </Fact>
        <Fact name={t('recovery.ways')}>
          <Stack gap={6}>
            {key.ways.map((way) => (
              <div key={way}>
                <Status tone="good">{t(`recovery.way.${way}`)}</Status>{' '}
                <Text span size="sm" className="quiet">
                  {way === 'shares' ? t('recovery.sharesHint', key.shares ?? {}) : t(`recovery.wayHint.${way}`)}
                </Text>
              </div>
            ))}
          </Stack>
        </Fact>
        {custodians.length === 0 ? null : (
          <Fact name={t('recovery.custodians')}>
            <Stack gap={6}>
              {custodians.map(({ name, share, confirmedAt }) => (
                <div key={share}>
                  {share}. {name}{' '}
                  <Status tone={confirmedAt === undefined ? 'warn' : 'good'}>
                    {confirmedAt === undefined
                      ? t('recovery.unconfirmed')
                      : t('recovery.confirmed', { when: relative(confirmedAt) })}
                  </Status>
                </div>
              ))}
            </Stack>
          </Fact>
        )}
      </dl>
      {key.ways.length === 1 ? (
        <Stack gap="xs" mt="sm">
          <Text size="sm">{t('recovery.oneWay')}</Text>
          <CopyText text="orbit custodian --help" />
        </Stack>
      ) : null}
    </Card>
  );
}

function HowCard() {
  const { t } = useTexts();
  const steps = t('recovery.steps', { returnObjects: true }) as string[];
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="how">
      <Title order={2} id="how" mb="sm">
        {t('recovery.how')}
      </Title>
      <ol className="steps">
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <Text size="sm" className="quiet" mt="md">
        {t('recovery.stock')}
      </Text>
    </Card>
  );
}

function Kits({ kits }: { kits: Recovery['kits'] }) {
  const { t, moment, relative, number } = useTexts();
  return (
    <section aria-labelledby="kits">
      <Title order={2} id="kits">
        {t('recovery.kits')}
      </Title>
      <Text size="sm" className="quiet" mb="sm">
        {t('recovery.kitsHint')}
      </Text>
      {kits.length === 0 ? (
        <Empty icon="key" title={t('recovery.noKits')} hint={t('recovery.noKitsHint')} />
      ) : (
        <Card withBorder padding={0}>
          <div className="table-scroll" tabIndex={0} role="group" aria-label={t('recovery.kits')}>
            <Table verticalSpacing="sm" horizontalSpacing="md" miw={640} fz="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('recovery.kit')}</Table.Th>
                  <Table.Th>{t('recovery.where')}</Table.Th>
                  <Table.Th>{t('recovery.secrets')}</Table.Th>
                  <Table.Th>{t('recovery.proved')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {kits.map((kit) => (
                  <Table.Tr key={`${kit.destination} ${kit.name}`}>
                    <Table.Td>{moment(kit.createdAt)}</Table.Td>
                    <Table.Td>
                      <Text fw={600} size="sm">
                        {kit.destination}
                      </Text>
                      <span className="mono">{kit.place}</span>
                    </Table.Td>
                    <Table.Td>{number(kit.records)}</Table.Td>
                    <Table.Td>
                      <span title={moment(kit.provedAt)}>
                        <Status tone="good">{relative(kit.provedAt)}</Status>
                      </span>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        </Card>
      )}
    </section>
  );
}

function Drills({ drills }: { drills: Recovery['drills'] }) {
  const { t, moment } = useTexts();
  const kindName = useJobName();
  return (
    <section aria-labelledby="drills">
      <Title order={2} id="drills">
        {t('recovery.drills')}
      </Title>
      <Text size="sm" className="quiet" mb="sm">
        {t('recovery.drillsHint')}
      </Text>
      {drills.length === 0 ? (
        <Empty icon="recovery" title={t('recovery.noDrills')} hint={t('recovery.noDrillsHint')} />
      ) : (
        <Card withBorder padding={0}>
          <div className="table-scroll" tabIndex={0} role="group" aria-label={t('recovery.drills')}>
            <Table verticalSpacing="sm" horizontalSpacing="md" miw={560} fz="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('recovery.drillWhen')}</Table.Th>
                  <Table.Th>{t('recovery.drillWhat')}</Table.Th>
                  <Table.Th>{t('recovery.where')}</Table.Th>
                  <Table.Th>{t('recovery.drillResult')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {drills.map((drill) => (
                  <Table.Tr key={drill.id}>
                    <Table.Td>{moment(drill.startedAt)}</Table.Td>
                    <Table.Td>
                      {kindName(drill.kind)}, {t(`recovery.drillWay.${drill.way}`)}
                    </Table.Td>
                    <Table.Td>{drill.destination}</Table.Td>
                    <Table.Td>
                      {drill.result === 'passed' ? (
                        <Status tone="good">{t('recovery.passed')}</Status>
                      ) : (
                        <>
                          <OutcomeStatus outcome="failed" />
                          <Text size="xs" lang="en">
                            {drill.failure?.message}
                          </Text>
                        </>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        </Card>
      )}
    </section>
  );
}
