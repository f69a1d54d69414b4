// Taking recordings out of a backup by its folders: the reason first, and the approval where one is needed; then the browser saves.
import { Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useMe } from '../../app/session.ts';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { isReason, ReasonField } from '../../parts/reason-field.tsx';
import type { Copy } from './restore-page.tsx';

/** What is to be saved. */
export interface Taken {
  /** The address of its snapshot, below `/api/v1`. */
  address: string;
  path: string;
  as: 'file' | 'zip' | 'tar';
}

/** Where the browser saves it from. */
export function takenAddress({ address, path, as }: Taken, reason?: string): string {
  const query = new URLSearchParams({ path, ...(as === 'file' ? {} : { format: as }), ...(reason ? { reason } : {}) });
  return `${address}/${as === 'file' ? 'file' : 'archive'}?${query.toString()}`;
}

/** Whether files of a copy may be saved, and whether a reason is asked first. */
export function useTaking({ kind }: Copy): { mayTake: boolean; needsReason: boolean } {
  const { scopes } = useMe();
  const needsReason = kind === 'recordings';
  return { mayTake: !needsReason || scopes.includes('recordings:export'), needsReason };
}

/** The dialog. */
export function TakeOutDialog({ taken, onClose }: { taken: Taken; onClose: () => void }) {
  const { t } = useTexts();
  const [reason, setReason] = useState('');
  const ask = useMutation({
    mutationFn: () => api('POST', `${taken.address}/taking-out`, { path: taken.path, reason }),
    onSuccess: () => {
      location.assign(`/api/v1${takenAddress(taken, reason.trim())}`);
      onClose();
    },
  });
  return (
    <Dialog title={t('restore.takeOut')} onClose={onClose}>
      <Form onSubmit={() => ask.mutate()}>
        <Text size="sm" className="mono">
          {taken.path}
        </Text>
        <ReasonField value={reason} onChange={setReason} />
        <FormEnd
          submit={t('restore.download')}
          isPending={ask.isPending}
          isReady={isReason(reason)}
          error={ask.error}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  );
}
