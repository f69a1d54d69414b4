// The frame of every dialog, and of those that hold a form.
import { Button, Group, Modal, type ModalProps, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTexts } from '../app/i18n.ts';
import { FailureBox, viewOfError } from './failure.tsx';

/** A dialog that is open as long as it is drawn. */
export function Dialog(props: { title: string; size?: ModalProps['size']; onClose: () => void; children: ReactNode }) {
  const { t } = useTexts();
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={props.title}
      size={props.size ?? 'md'}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      transitionProps={{ duration: 0 }}
    >
      {props.children}
    </Modal>
  );
}

/** What stands at the end of a form: what went wrong, cancel, and the one button that does it. */
export function FormEnd(props: {
  submit: string;
  isPending: boolean;
  isReady?: boolean;
  /** Something is lost by it. */
  isDangerous?: boolean;
  error: Error | null;
  /** Absent where there is nothing to go back to. */
  onCancel?: (() => void) | undefined;
  children?: ReactNode;
}) {
  const { t } = useTexts();
  return (
    <>
      {props.error === null ? null : <FailureBox failure={viewOfError(props.error)} />}
      <Group justify="flex-end">
        {props.children}
        {props.onCancel === undefined ? null : (
          <Button variant="default" onClick={props.onCancel}>
            {t('common.cancel')}
          </Button>
        )}
        <Button
          type="submit"
          loading={props.isPending}
          disabled={props.isReady === false}
          {...(props.isDangerous === true ? { color: 'red' } : {})}
        >
          {props.submit}
        </Button>
      </Group>
    </>
  );
}

/** A form that does what `onSubmit` says and never leaves the page. */
export function Form({ onSubmit, children }: { onSubmit: () => void; children: ReactNode }) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Stack gap="md">{children}</Stack>
    </form>
  );
}
