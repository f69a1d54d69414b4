// Kits: the list, beside it every secret with its state, and the parts that teams open.
import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { KitView } from '../../../../src/api/schemas/kits.ts';
import { kitAddress } from '../../app/addresses.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useQueryValues } from '../../app/router-query.ts';
import { useMe } from '../../app/session.ts';
import { DownloadButton } from '../../parts/download-button.tsx';
import { Empty, Loaded, Page } from '../../parts/page.tsx';
import { Status } from '../../parts/status.tsx';
import { type Column, RowsTable, TwoLines } from '../../parts/table.tsx';
import { EnvelopesView } from './envelopes-view.tsx';
import { KitDialog } from './kit-dialog.tsx';
import { SecretsView } from './secrets-view.tsx';

const noFilters = { kit: '', text: '', state: '', source: '', type: '', compliance: '', since: '', until: '' };
const tabs = ['kits', 'secrets', 'envelopes'] as const;

/** Kits. */
export function KitsPage() {
  const { t } = useTexts();
  const [values, set] = useQueryValues();
  const tab = tabs.find((each) => each === values.get('tab')) ?? 'kits';
  return (
    <Page title={t('kits.title')} lead={t(`${tab}.lead`)}>
      <Stack gap="md">
        <SegmentedControl
          className="start wraps"
          aria-label={t('kits.title')}
          value={tab}
          data={[
            { value: 'kits', label: t('kits.tabKits') },
            { value: 'secrets', label: t('kits.tabSecrets') },
            { value: 'envelopes', label: t('envelopes.tab') },
          ]}
          onChange={(value) => set({ ...noFilters, tab: value === 'kits' ? '' : value }, true)}
        />
        {tab === 'kits' ? <KitsView /> : tab === 'secrets' ? <SecretsView /> : <EnvelopesView />}
      </Stack>
    </Page>
  );
}

function KitsView() {
  const { t, moment, date, hour, relative, number } = useTexts();
  const { mayRun } = useMe();
  const [values, set] = useQueryValues();
  const kits = useQuery({ queryKey: ['kits'], queryFn: () => api<{ kits: KitView[] }>('GET', '/kits') });
  const keyOf = ({ job, destination, name }: KitView): string => `${job}@${destination}/${name}`;
  const columns: Column<KitView>[] = [
    {
      title: t('kits.made'),
      width: 'minmax(0, 1.2fr)',
      onPhone: true,
      cell: (kit) => (
        <TwoLines
          first={
            <Button
              variant="transparent"
              size="compact-sm"
              px={0}
              onClick={() => set({ kit: keyOf(kit) })}
              aria-label={`${moment(kit.createdAt)}, ${kit.destination}`}
            >
              {date(kit.createdAt)}
            </Button>
          }
          second={`${hour(kit.createdAt)} · ${kit.destination}`}
        />
      ),
    },
    {
      title: t('kits.where'),
      width: 'minmax(0, 2fr)',
      cell: ({ place }) => (
        <span className="mono clip" title={place}>
          {place}
        </span>
      ),
    },
    { title: t('kits.secrets'), width: '90px', onPhone: true, isNumber: true, cell: ({ records }) => number(records) },
    {
      title: t('kits.proved'),
      width: '170px',
      cell: ({ provedAt }) => (
        <span title={moment(provedAt)}>
          <Status tone="good">{relative(provedAt)}</Status>
        </span>
      ),
    },
    ...(mayRun
      ? [
          {
            title: t('kits.open'),
            width: '132px',
            cell: (kit: KitView) => (
              <DownloadButton
                size="xs"
                to={`${kitAddress(kit)}/open.html`}
                aria-label={`${t('kits.download')}: ${moment(kit.createdAt)}, ${kit.destination}`}
              >
                open.html
              </DownloadButton>
            ),
          },
        ]
      : []),
  ];
  return (
    <Loaded query={kits}>
      {(data) => {
        const shown = data.kits.find((kit) => keyOf(kit) === values.get('kit'));
        if (data.kits.length === 0) return <Empty icon="kit" title={t('kits.emptyTitle')} hint={t('kits.emptyHint')} />;
        return (
          <>
            <RowsTable label={t('kits.title')} columns={columns} rows={data.kits} />
            <Group>
              <Text size="sm" className="quiet">
                {t('kits.downloadHint')}
              </Text>
            </Group>
            {shown === undefined ? null : (
              <KitDialog
                kit={shown}
                others={data.kits.filter(
                  ({ job, destination, name }) =>
                    job === shown.job && destination === shown.destination && name !== shown.name,
                )}
                onClose={() => set({ kit: '' })}
              />
            )}
          </>
        );
      }}
    </Loaded>
  );
}
