// A folder of a snapshot: where one is, what lies in it, and what can be done with each entry.
import { Anchor, Breadcrumbs, Card, Group, Menu, Stack, Text, ActionIcon } from '@mantine/core';
import { useState } from 'react';
import type { EntryList, EntryView, SnapshotView } from '../../../../src/api/schemas/restore.ts';
import { copyAddress } from '../../app/addresses.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { usePages } from '../../app/pages.ts';
import { useQueryValues } from '../../app/router-query.ts';
import { useMe } from '../../app/session.ts';
import { Icon } from '../../parts/icons.tsx';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { type Column, DataTable, TwoLines, actionsColumn } from '../../parts/table.tsx';
import { EntryName } from './entry-name.tsx';
import { RestoreDialog } from './restore-dialog.tsx';
import type { Copy } from './restore-page.tsx';
import { type Taken, TakeOutDialog, takenAddress, useTaking } from './take-out-dialog.tsx';
import { VersionsDialog } from './versions-dialog.tsx';

/** The folder that the address names. */
export function FolderView({ copy, snapshot }: { copy: Copy; snapshot: SnapshotView }) {
  const { t, bytes, moment } = useTexts();
  const [values, set] = useQueryValues();
  const [restored, setRestored] = useState<EntryView>();
  const [looked, setLooked] = useState<EntryView>();
  const [taken, setTaken] = useState<Taken>();
  // A snapshot begins where its only folder does: nobody wants to click through empty parents.
  const path = values.get('path') ?? startOf(snapshot);
  const address = `${copyAddress(copy)}/snapshots/${snapshot.id}`;
  const folder = usePages<EntryView>(['entries', copy, snapshot.id, path], async (from, limit) => {
    const query = `path=${encodeURIComponent(path)}&from=${from}&limit=${limit}`;
    const { total, entries } = await api<EntryList>('GET', `${address}/entries?${query}`);
    return { total, rows: entries };
  });
  const go = (to: string): void => set({ path: to, snapshot: snapshot.id }, true);
  const columns: Column<EntryView>[] = [
    {
      title: t('restore.name'),
      width: 'minmax(0, 1fr)',
      onPhone: true,
      cell: (entry) => <EntryName entry={entry} onOpen={entry.type === 'dir' ? () => go(entry.path) : undefined} />,
    },
    {
      title: t('restore.size'),
      width: '104px',
      onPhone: true,
      isNumber: true,
      cell: (entry) => (entry.type === 'file' ? bytes(entry.size) : ''),
    },
    { title: t('restore.changed'), width: '190px', cell: (entry) => moment(entry.changedAt) },
    {
      title: t('restore.owner'),
      width: '150px',
      cell: ({ owner, group, mode }) => (
        <TwoLines first={`${owner}:${group}`} second={mode.toString(8).padStart(4, '0')} isMono />
      ),
    },
    actionsColumn(t('common.actions'), '52px', (entry) => (
      <EntryMenu
        copy={copy}
        address={address}
        entry={entry}
        onTake={setTaken}
        onVersions={() => setLooked(entry)}
        onRestore={() => setRestored(entry)}
      />
    )),
  ];
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="sm">
        <Crumbs path={path} onGo={go} />
        {folder.total === undefined ? null : (
          <Group gap="xs">
            <Text size="sm" className="quiet">
              {t('restore.entries', { count: folder.total })}
            </Text>
            <EntryMenu
              copy={copy}
              address={address}
              entry={entryOfFolder(path)}
              onTake={setTaken}
              onVersions={undefined}
              onRestore={() => setRestored(entryOfFolder(path))}
            />
          </Group>
        )}
      </Group>
      {folder.error === null ? null : <FailureBox failure={viewOfError(folder.error)} />}
      {folder.total === 0 ? (
        <Card withBorder padding="lg">
          <Text className="quiet">{t('restore.emptyFolder')}</Text>
        </Card>
      ) : (
        <DataTable
          key={`${snapshot.id} ${path}`}
          label={path}
          columns={columns}
          total={folder.total ?? 0}
          rowAt={folder.rowAt}
          onSight={folder.onSight}
        />
      )}
      {restored === undefined ? null : (
        <RestoreDialog copy={copy} snapshot={snapshot.id} entry={restored} onClose={() => setRestored(undefined)} />
      )}
      {taken === undefined ? null : <TakeOutDialog taken={taken} onClose={() => setTaken(undefined)} />}
      {looked === undefined ? null : <VersionsDialog copy={copy} entry={looked} onClose={() => setLooked(undefined)} />}
    </Stack>
  );
}

function EntryMenu(props: {
  copy: Copy;
  address: string;
  entry: EntryView;
  onTake: (taken: Taken) => void;
  onVersions: (() => void) | undefined;
  onRestore: () => void;
}) {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const { entry, address } = props;
  const { mayTake, needsReason } = useTaking(props.copy);
  const save = (as: Taken['as'], title: string) => {
    const taken: Taken = { address, path: entry.path, as };
    if (needsReason) {
      return (
        <Menu.Item leftSection={icon} onClick={() => props.onTake(taken)}>
          {title} …
        </Menu.Item>
      );
    }
    return (
      <Menu.Item leftSection={icon} component="a" href={`/api/v1${takenAddress(taken)}`} download>
        {title}
      </Menu.Item>
    );
  };
  const icon = <Icon name="download" size={16} />;
  return (
    <Menu
      position="bottom-end"
      transitionProps={{ duration: 0 }}
      portalProps={{ target: '#main' }}
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`${t('common.actions')}: ${entry.name}`}>
          <Icon name="more" size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {mayTake && entry.type === 'file' ? save('file', t('restore.download')) : null}
        {mayTake && entry.type === 'dir' ? (
          <>
            {save('zip', t('restore.asZip'))}
            {save('tar', t('restore.asTar'))}
          </>
        ) : null}
        {props.onVersions === undefined ? null : (
          <Menu.Item leftSection={<Icon name="clock" size={16} />} onClick={props.onVersions}>
            {t('restore.versions')}
          </Menu.Item>
        )}
        {mayChange ? (
          <Menu.Item leftSection={<Icon name="restore" size={16} />} onClick={props.onRestore}>
            {t('restore.restoreIt')}
          </Menu.Item>
        ) : null}
      </Menu.Dropdown>
    </Menu>
  );
}

function Crumbs({ path, onGo }: { path: string; onGo: (path: string) => void }) {
  const { t } = useTexts();
  const names = path.split('/').filter((name) => name !== '');
  return (
    <nav aria-label={t('restore.path')} className="crumbs">
      <Breadcrumbs separator="/" separatorMargin={6}>
        <Anchor component="button" type="button" onClick={() => onGo('/')}>
          {t('restore.top')}
        </Anchor>
        {names.map((name, index) => {
          const here = `/${names.slice(0, index + 1).join('/')}`;
          return index === names.length - 1 ? (
            <Text key={here} component="span" fw={600} aria-current="page">
              {name}
            </Text>
          ) : (
            <Anchor key={here} component="button" type="button" onClick={() => onGo(here)}>
              {name}
            </Anchor>
          );
        })}
      </Breadcrumbs>
    </nav>
  );
}

function startOf({ paths }: SnapshotView): string {
  const [only] = paths;
  return paths.length === 1 && only !== undefined && /^\/[\x20-\x7e]*$/.test(only) && !/["\\]/.test(only) ? only : '/';
}

// The folder one stands in is an entry too: it can be taken as a whole.
function entryOfFolder(path: string): EntryView {
  const name = path.split('/').at(-1) ?? '';
  return {
    name: name === '' ? '/' : name,
    path,
    type: 'dir',
    size: 0,
    changedAt: '',
    mode: 0,
    owner: '',
    group: '',
  };
}
