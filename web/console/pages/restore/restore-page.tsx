// Restore: choose a backup and a snapshot, walk through it like through folders, or search all snapshots by name.
import { Alert, Group, Select, Stack, Text, TextInput, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { CopiesView, SnapshotView } from '../../../../src/api/schemas/restore.ts';
import { copyAddress } from '../../app/addresses.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useQueryValues } from '../../app/router-query.ts';
import { useMe } from '../../app/session.ts';
import { HoldMark } from '../../parts/holds.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Empty, Loaded, Page } from '../../parts/page.tsx';
import { RowButton } from '../../parts/row-button.tsx';
import { AdoptButton } from './adopt-dialog.tsx';
import { DeletionDialog } from './deletion-dialog.tsx';
import { FolderView } from './folder-view.tsx';
import { FoundView } from './found-view.tsx';

/** Which backup is looked into. */
export type Copy = CopiesView['copies'][number];

/** Restore. */
export function RestorePage() {
  const { t } = useTexts();
  const copies = useQuery({ queryKey: ['copies'], queryFn: () => api<CopiesView>('GET', '/copies') });
  return (
    <Page title={t('restore.title')} lead={t('restore.lead')}>
      <Loaded query={copies}>
        {(data) =>
          data.copies.length === 0 ? (
            <Empty icon="restore" title={t('restore.emptyTitle')} hint={t('restore.emptyHint')}>
              <AdoptButton />
            </Empty>
          ) : (
            <Chosen copies={data.copies} />
          )
        }
      </Loaded>
    </Page>
  );
}

function Chosen({ copies }: { copies: Copy[] }) {
  const { t } = useTexts();
  const [values, set] = useQueryValues();
  const keyOf = ({ destination, kind }: Copy): string => `${kind}@${destination}`;
  const copy = copies.find((each) => keyOf(each) === values.get('copy')) ?? copies[0];
  const snapshots = useQuery({
    queryKey: ['snapshots', copy?.destination, copy?.kind],
    queryFn: () =>
      api<{ snapshots: SnapshotView[] }>('GET', `${copyAddress(copy ?? { destination: '', kind: '' })}/snapshots`),
    enabled: copy !== undefined,
    retry: false,
    staleTime: 30_000,
  });
  if (copy === undefined) return null;
  return (
    <Stack gap="md">
      <Group align="flex-end" gap="sm">
        <Select
          label={t('restore.copy')}
          w={{ base: '100%', sm: 420 }}
          data={copies.map((each) => ({
            value: keyOf(each),
            label: t('restore.copyOf', { kind: t(`kind.${each.kind}`), destination: each.destination }),
          }))}
          value={keyOf(copy)}
          allowDeselect={false}
          onChange={(value) => set({ copy: value ?? '', snapshot: '', path: '', find: '' }, true)}
        />
        <AdoptButton copy={copy} />
      </Group>
      {snapshots.isPending ? (
        <Text role="status" className="quiet">
          {t('restore.opening', { destination: copy.destination })} …
        </Text>
      ) : null}
      <Loaded query={snapshots} lines={4}>
        {(data) =>
          data.snapshots.length === 0 ? (
            <Empty icon="restore" title={t('restore.emptyTitle')} hint={t('restore.emptyHint')} />
          ) : (
            <Inside copy={copy} snapshots={data.snapshots} />
          )
        }
      </Loaded>
    </Stack>
  );
}

function Inside({ copy, snapshots }: { copy: Copy; snapshots: SnapshotView[] }) {
  const { t, moment, bytes, number } = useTexts();
  const { mayRun, scopes } = useMe();
  const [values, set] = useQueryValues();
  const [isDeleting, setDeleting] = useState(false);
  const [text, setText] = useState(values.get('find') ?? '');
  const find = values.get('find') ?? '';
  useEffect(() => setText(find), [find]);
  const wanted = values.get('snapshot') ?? '';
  const snapshot = (wanted === '' ? undefined : snapshots.find(({ id }) => id.startsWith(wanted))) ?? snapshots[0];
  if (snapshot === undefined) return null;
  const isGone = !snapshot.id.startsWith(wanted);
  const about = [
    snapshot.host,
    ...(snapshot.files === undefined ? [] : [t('items.files', { count: snapshot.files })]),
    ...(snapshot.bytes === undefined ? [] : [bytes(snapshot.bytes)]),
  ];
  return (
    <Stack gap="md">
      <Group align="flex-end" gap="md">
        <Select
          label={t('restore.snapshot')}
          description={about.join(' · ')}
          w={{ base: '100%', sm: 320 }}
          searchable={snapshots.length > 20}
          data={snapshots.map(({ id, at }) => ({ value: id, label: `${moment(at)} · ${id.slice(0, 8)}` }))}
          value={snapshot.id}
          allowDeselect={false}
          onChange={(id) => set({ snapshot: id ?? '', find: '' }, true)}
          limit={500}
        />
        <HoldMark
          copies={[snapshot.id, ...(snapshot.original === undefined ? [] : [snapshot.original])]}
          of={t('restore.copyOf', {
            kind: t(`kind.${copy.kind}`),
            destination: `${copy.destination}, ${moment(snapshot.at)}`,
          })}
        />
        {scopes.includes('backups:delete') ? (
          <RowButton of={t('restore.snapshot')} onClick={() => setDeleting(true)}>
            {t('deletion.button')}
          </RowButton>
        ) : null}
        {mayRun ? (
          <form
            className="grow-search"
            role="search"
            onSubmit={(event) => {
              event.preventDefault();
              set({ find: text.trim() }, true);
            }}
          >
            <Group align="flex-end" gap="xs" wrap="nowrap">
              <TextInput
                className="grow"
                label={t('restore.search')}
                description={t('restore.searchHint')}
                leftSection={<Icon name="search" size={16} />}
                value={text}
                autoComplete="off"
                onChange={(event) => setText(event.currentTarget.value)}
              />
              <Button type="submit" variant="default" disabled={text.trim() === ''}>
                {t('restore.searchSubmit')}
              </Button>
            </Group>
          </form>
        ) : null}
      </Group>
      {isGone ? <Alert icon={<Icon name="warning" />} color="yellow" role="status" title={t('deletion.gone')} /> : null}
      {isDeleting ? (
        <DeletionDialog
          copy={copy}
          snapshots={snapshots}
          chosen={snapshot.id}
          onClose={() => {
            setDeleting(false);
            if (isGone) set({ snapshot: '', path: '' }, true);
          }}
        />
      ) : null}
      {!mayRun ? (
        <Alert icon={<Icon name="key" />} color="gray" title={t('restore.notAllowedTitle')}>
          {t('restore.notAllowedHint')} {t('restore.snapshots', { count: snapshots.length })}:{' '}
          {number(snapshots.length)}
        </Alert>
      ) : find === '' ? (
        <FolderView copy={copy} snapshot={snapshot} />
      ) : (
        <FoundView copy={copy} name={find} onEnd={() => set({ find: '' }, true)} />
      )}
    </Stack>
  );
}
