// Asks before something is lost, and says what.
import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTexts } from '../app/i18n.ts';
import { Dialog } from './dialog.tsx';
import { FailureBox, viewOfError } from './failure.tsx';

/** A dialog with one dangerous button. */
export function Confirm(props: {
  title: string;
  confirm: string;
  isPending: boolean;
  error: Error | null;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const { t } = useTexts();
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <Stack>
        {props.children}
        {props.error === null ? null : <FailureBox failure={viewOfError(props.error)} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose} data-autofocus>
            {t('common.cancel')}
          </Button>
          <Button color="red" loading={props.isPending} onClick={props.onConfirm}>
            {props.confirm}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
