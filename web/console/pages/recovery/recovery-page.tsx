// Recovery: what opens the backups, and who holds a part of it.
import { Alert, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Recovery } from '../../../../src/api/schemas/recovery.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Go } from '../../app/router.tsx';
import { useMe } from '../../app/session.ts';
import { Icon } from '../../parts/icons.tsx';
import { useCeremony } from '../../parts/opening.tsx';
import { Fact, Loaded, Page, Section } from '../../parts/page.tsx';
import { Status } from '../../parts/status.tsx';
import { Compromise } from './compromise.tsx';
import { Custody } from './custody.tsx';
import { KeyActions } from './key-actions.tsx';
import { AwaitsReseal, KeyPlaces } from './key-places.tsx';
import { Recipients } from './recipients.tsx';

/** Recovery. */
export function RecoveryPage() {
  const { t } = useTexts();
  const { mayChange, role } = useMe();
  const ceremony = useCeremony({ refetchInterval: 15_000, enabled: role !== 'custodian' });
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
            {data.key === undefined || role === 'custodian' ? null : (
              <Loaded query={ceremony} lines={2}>
                {(state) => (
                  <>
                    <AwaitsReseal places={state.destinations} />
                    <Custody ceremony={state} />
                    <Recipients recipients={state.keys.find(isCurrent)?.recipients ?? []} />
                    <KeyPlaces places={state.destinations} />
                    {mayChange ? <Compromise ceremony={state} /> : null}
                  </>
                )}
              </Loaded>
            )}
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function isCurrent({ state }: { state: string }): boolean {
  return state === 'current';
}

function KeyCard({ recovery }: { recovery: Recovery }) {
  const { t, relative, moment } = useTexts();
  const { mayChange } = useMe();
  const { key } = recovery;
  if (key === undefined) {
    return (
      <Alert color="red" icon={<Icon name="warning" />} title={t('recovery.noKey')}>
        <Text size="sm" mb="sm">
          {t('recovery.noKeyHint')}
        </Text>
        <Go to="/first-steps" fw={600}>
          {t('home.mend.no-recovery-key')} →
        </Go>
      </Alert>
    );
  }
  return (
    <Section id="key" title={t('recovery.key')}>
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
      </dl>
      {mayChange ? <KeyActions key={key.id} ways={key.ways} /> : null}
    </Section>
  );
}

function HowCard() {
  const { t } = useTexts();
  const steps = t('recovery.steps', { returnObjects: true }) as string[];
  return (
    <Section id="how" title={t('recovery.how')}>
      <ol className="steps">
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <Text size="sm" className="quiet" mt="md">
        {t('recovery.stock')}
      </Text>
    </Section>
  );
}
