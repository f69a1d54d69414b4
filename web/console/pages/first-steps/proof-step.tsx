// Step five: the proof. What was read back, and a kit to open with one's own hands.
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { KitManifestView, KitView } from '../../../../src/api/schemas/kits.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { kitAddress } from '../../app/addresses.ts';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { DownloadButton } from '../../parts/download-button.tsx';
import { Fact, Loaded } from '../../parts/page.tsx';
import { useNewestSecretsRun } from './backup-step.tsx';
import { type StepProps, useSayFirstStep } from './step.ts';

/** Shows the newest kit until somebody says that they read a password in it. */
export function ProofStep({ onDone }: StepProps) {
  const { t } = useTexts();
  const say = useSayFirstStep();
  const kits = useQuery({ queryKey: ['kits'], queryFn: () => api<{ kits: KitView[] }>('GET', '/kits') });
  const todo = t('firstSteps.proof.steps', { returnObjects: true }) as string[];
  const newest = kits.data?.kits[0];
  return (
    <Stack gap="md">
      <Title order={2}>{t('firstSteps.proof.title')}</Title>
      <Text>{t('firstSteps.proof.about')}</Text>
      {newest === undefined ? null : <KitFacts kit={newest} />}
      <ol className="steps">
        {todo.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      {say.error === null ? null : <FailureBox failure={viewOfError(say.error)} />}
      <Group justify="space-between">
        {newest === undefined ? null : (
          <DownloadButton to={`${kitAddress(newest)}/open.html`}>{t('firstSteps.proof.download')}</DownloadButton>
        )}
        <Button loading={say.isPending} onClick={() => say.mutate({ proof: true }, { onSuccess: onDone })}>
          {t('firstSteps.proof.confirm')}
        </Button>
      </Group>
    </Stack>
  );
}

function KitFacts({ kit }: { kit: KitView }) {
  const { t, bytes, number } = useTexts();
  const manifest = useQuery({
    queryKey: ['kit', kit.destination, kit.name],
    queryFn: () => api<KitManifestView>('GET', kitAddress(kit)),
    retry: false,
  });
  const run = useNewestSecretsRun();
  const summary = run.data?.results.find(({ destination }) => destination === kit.destination)?.summary;
  return (
    <Loaded query={manifest} lines={2}>
      {({ keyId, signer, records }) => (
        <dl className="facts">
          {summary === undefined ? null : (
            <Fact name={t('firstSteps.proof.readBack')}>
              {t('firstSteps.proof.readBackText', {
                items: t('items.secrets', { count: records }),
                files: number(summary.verifiedObjects),
                bytes: bytes(summary.verifiedBytes),
              })}
            </Fact>
          )}
          <Fact name={t('firstSteps.proof.key')}>
            <span className="mono">{keyId}</span>
          </Fact>
          <Fact name={t('firstSteps.proof.signer')}>
            <span className="mono">{signer}</span>
            <Text size="sm" className="quiet">
              {t('firstSteps.proof.signerHint')}
            </Text>
          </Fact>
        </dl>
      )}
    </Loaded>
  );
}
