// Every state of one path, each to be taken out or restored.
import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { EntryVersionsView, EntryView } from '../../../../src/api/schemas/restore.ts';
import { copyAddress } from '../../app/addresses.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useMe } from '../../app/session.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { DownloadButton } from '../../parts/download-button.tsx';
import { Loaded } from '../../parts/page.tsx';
import { RestoreDialog } from './restore-dialog.tsx';
import { type Taken, TakeOutDialog, takenAddress, useTaking } from './take-out-dialog.tsx';
import type { Copy } from './restore-page.tsx';
import { RowButton } from '../../parts/row-button.tsx';

/** The dialog. */
export function VersionsDialog({ copy, entry, onClose }: { copy: Copy; entry: EntryView; onClose: () => void }) {
  const { t, bytes, moment } = useTexts();
  const { mayChange } = useMe();
  const [restored, setRestored] = useState<{ entry: EntryView; snapshot: string }>();
  const [taken, setTaken] = useState<Taken>();
  const { mayTake, needsReason } = useTaking(copy);
  const path = encodeURIComponent(entry.path);
  const versions = useQuery({
    queryKey: ['versions', copy, entry.path],
    queryFn: () => api<EntryVersionsView>('GET', `${copyAddress(copy)}/versions?path=${path}`),
    retry: false,
  });
  if (restored !== undefined) return <RestoreDialog copy={copy} {...restored} onClose={onClose} />;
  if (taken !== undefined) return <TakeOutDialog taken={taken} onClose={onClose} />;
  return (
    <Dialog title={t('restore.versionsOf', { name: entry.name })} size="lg" onClose={onClose}>
      <Stack gap="sm">
        <Text size="sm" className="mono">
          {entry.path}
        </Text>
        <Text size="sm" className="quiet">
          {t('restore.versionsHint')}
        </Text>
        <Loaded query={versions}>
          {(data) =>
            data.versions.map((version) => {
              const [newest] = version.snapshots;
              if (newest === undefined) return null;
              const { type } = version.entry;
              const address = `${copyAddress(copy)}/snapshots/${newest.id}`;
              const each: Taken = { address, path: entry.path, as: type === 'dir' ? 'zip' : 'file' };
              const title = t(type === 'dir' ? 'restore.asZip' : 'restore.download');
              return (
                <div className="gap-row" key={newest.id}>
                  <div>
                    <Text fw={600}>{moment(version.entry.changedAt)}</Text>
                    <Text size="sm" className="quiet">
                      {version.entry.type === 'file' ? `${bytes(version.entry.size)}, ` : ''}
                      {t('restore.inSnapshots', { count: version.snapshots.length, when: moment(newest.at) })}
                    </Text>
                  </div>
                  <Group gap="xs">
                    {!mayTake || (type !== 'dir' && type !== 'file') ? null : needsReason ? (
                      <RowButton onClick={() => setTaken(each)}>{`${title} …`}</RowButton>
                    ) : (
                      <DownloadButton size="xs" to={takenAddress(each)}>
                        {title}
                      </DownloadButton>
                    )}
                    {mayChange ? (
                      <RowButton isMain onClick={() => setRestored({ entry: version.entry, snapshot: newest.id })}>
                        {t('restore.restoreIt')}
                      </RowButton>
                    ) : null}
                  </Group>
                </div>
              );
            })
          }
        </Loaded>
      </Stack>
    </Dialog>
  );
}
