// What a search over all snapshots found: each path with its versions.
import { Alert, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { EntryView, FoundPathsView } from '../../../../src/api/schemas/restore.ts';
import { copyAddress } from '../../app/addresses.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Icon } from '../../parts/icons.tsx';
import { Empty, Loaded } from '../../parts/page.tsx';
import { type Column, RowsTable } from '../../parts/table.tsx';
import { EntryName } from './entry-name.tsx';
import type { Copy } from './restore-page.tsx';
import { VersionsDialog } from './versions-dialog.tsx';
import { RowButton } from '../../parts/row-button.tsx';

type Found = FoundPathsView['found'][number];

/** See the head of this file. */
export function FoundView({ copy, name, onEnd }: { copy: Copy; name: string; onEnd: () => void }) {
  const { t, bytes, moment } = useTexts();
  const [looked, setLooked] = useState<EntryView>();
  const search = useQuery({
    queryKey: ['search', copy, name],
    queryFn: () => api<FoundPathsView>('GET', `${copyAddress(copy)}/search?name=${encodeURIComponent(name)}`),
    retry: false,
  });
  const newest = ({ versions }: Found): EntryView | undefined => versions[0]?.entry;
  const columns: Column<Found>[] = [
    {
      title: t('restore.path'),
      width: 'minmax(0, 1fr)',
      onPhone: true,
      cell: (found) => {
        const entry = newest(found);
        return entry === undefined ? null : (
          <EntryName
            entry={entry}
            about={found.path.slice(0, found.path.lastIndexOf('/')) || '/'}
            onOpen={() => setLooked(entry)}
          />
        );
      },
    },
    {
      title: t('restore.versions'),
      width: '92px',
      onPhone: true,
      isNumber: true,
      cell: ({ versions }) => versions.length,
    },
    {
      title: t('restore.size'),
      width: '104px',
      isNumber: true,
      cell: (found) => (newest(found)?.type === 'file' ? bytes(newest(found)?.size ?? 0) : ''),
    },
    { title: t('restore.changed'), width: '190px', cell: (found) => moment(newest(found)?.changedAt ?? '') },
  ];
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text fw={600} role="status">
          {search.data === undefined ? '' : t('restore.found', { count: search.data.found.length })}
        </Text>
        <RowButton onClick={onEnd}>{t('restore.searchEnd')}</RowButton>
      </Group>
      <Loaded query={search} lines={4}>
        {({ found, isComplete }) => (
          <>
            {isComplete ? null : (
              <Alert color="yellow" icon={<Icon name="warning" />} title={t('restore.foundSome')} role="status" />
            )}
            {found.length === 0 ? (
              <Empty icon="search" title={t('restore.foundNothing')} hint={t('restore.searchHint')} />
            ) : (
              <RowsTable label={t('restore.search')} columns={columns} rows={found} />
            )}
          </>
        )}
      </Loaded>
      {looked === undefined ? null : <VersionsDialog copy={copy} entry={looked} onClose={() => setLooked(undefined)} />}
    </Stack>
  );
}
