// One kit: its manifest as it lies at the destination now, and how it differs from another.
import { Group, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { KitDifferenceView, KitManifestView, KitView } from '../../../../src/api/schemas/kits.ts';
import { kitAddress } from '../../app/addresses.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useMe } from '../../app/session.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { DownloadButton } from '../../parts/download-button.tsx';
import { HoldMark } from '../../parts/holds.tsx';
import { Fact, Loaded } from '../../parts/page.tsx';

/** The dialog. `others` are kits of the same place, the newest first. */
export function KitDialog({ kit, others, onClose }: { kit: KitView; others: KitView[]; onClose: () => void }) {
  const { t, moment } = useTexts();
  const { mayRun } = useMe();
  const before = others.find(({ createdAt }) => createdAt < kit.createdAt) ?? others[0];
  const [since, setSince] = useState(before?.name);
  const compared = others.find(({ name }) => name === since);
  return (
    <Dialog title={t('kits.title1', { when: moment(kit.createdAt) })} size="xl" onClose={onClose}>
      <Stack gap="lg">
        {mayRun ? (
          <Group justify="space-between">
            <DownloadButton to={`${kitAddress(kit)}/open.html`}>{t('kits.download')}</DownloadButton>
            <HoldMark copies={[`secrets/${kit.name}`]} of={t('kits.title1', { when: moment(kit.createdAt) })} />
          </Group>
        ) : null}
        {compared === undefined ? (
          <Text size="sm" className="quiet">
            {t('kits.compareNone')}
          </Text>
        ) : (
          <Stack gap="sm">
            <Select
              label={t('kits.compare')}
              maw={360}
              data={others.map(({ name, createdAt }) => ({ value: name, label: moment(createdAt) }))}
              value={compared.name}
              allowDeselect={false}
              limit={300}
              onChange={(value) => setSince(value ?? undefined)}
            />
            <Difference kit={kit} since={compared} />
          </Stack>
        )}
        <Manifest kit={kit} />
      </Stack>
    </Dialog>
  );
}

function Difference({ kit, since }: { kit: KitView; since: KitView }) {
  const { t, number, moment } = useTexts();
  const difference = useQuery({
    queryKey: ['kit-difference', kit.destination, kit.name, since.name],
    queryFn: () =>
      api<KitDifferenceView>('GET', `${kitAddress(kit)}/difference?since=${encodeURIComponent(since.name)}`),
    retry: false,
    staleTime: Infinity,
  });
  return (
    <Loaded query={difference} lines={1}>
      {(data) => (
        <section aria-label={t('kits.difference', { when: moment(since.createdAt) })}>
          <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="xs">
            {(['added', 'changed', 'removed', 'unchanged'] as const).map((what) => (
              <div className="figure-box" key={what}>
                <div className="figure-number">{number(data[what])}</div>
                <div className="quiet">{t(`kits.${what}`)}</div>
              </div>
            ))}
          </SimpleGrid>
          <Text size="sm" className="quiet" mt="xs">
            {t('kits.differenceHint')}
          </Text>
        </section>
      )}
    </Loaded>
  );
}

function Manifest({ kit }: { kit: KitView }) {
  const { t, bytes } = useTexts();
  const manifest = useQuery({
    queryKey: ['kit', kit.destination, kit.name],
    queryFn: () => api<KitManifestView>('GET', kitAddress(kit)),
    retry: false,
    staleTime: Infinity,
  });
  return (
    <Loaded query={manifest} lines={2}>
      {(data) => {
        const ways = data.ways.map((way) =>
          way === 'shares'
            ? t('kits.shares', { threshold: data.threshold ?? 0, total: data.shares ?? 0 })
            : t(`recovery.way.${way as 'master-password' | 'recipients'}`),
        );
        return (
          <dl className="facts" aria-label={t('kits.manifest')}>
            <Fact name={t('kits.key')}>
              <span className="mono">{data.keyId}</span>
            </Fact>
            <Fact name={t('kits.ways')}>{ways.join(', ')}</Fact>
            <Fact name={t('kits.signer')}>
              <span className="mono">{data.signer}</span>
            </Fact>
            <Fact name={t('kits.sources')}>
              {data.sources.map(({ id, records }) => (
                <div key={id}>
                  {id}: {t('items.secrets', { count: records })}
                </div>
              ))}
            </Fact>
            <Fact name={t('kits.files')}>
              {data.files.map(({ name, bytes: size, sha256 }) => (
                <div key={name} title={`SHA-256 ${sha256}`}>
                  {name}, {bytes(size)}
                </div>
              ))}
            </Fact>
          </dl>
        );
      }}
    </Loaded>
  );
}
