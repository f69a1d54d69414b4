// Changing the master password of the recovery key, or giving it one; every earlier kit opens with the new one.
import { Alert, Button, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { ceremonyDone, passwordInput } from '../../../../src/api/schemas/ceremony.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icons.tsx';
import { ShownOnce, useNewPassword } from '../../parts/new-password.tsx';
import { useOpening } from '../../parts/opening.tsx';
import { RowButton } from '../../parts/row-button.tsx';

/** The button, and its dialog. */
export function KeyActions({ ways }: { ways: string[] }) {
  const { t } = useTexts();
  const [isOpen, setOpen] = useState(false);
  const hasPassword = ways.includes('master-password');
  const title = t(hasPassword ? 'custody.changePassword' : 'custody.addPassword');
  return (
    <>
      {ways.length > 1 || !hasPassword ? null : (
        <Text size="sm" className="tone-warn" mt="sm">
          {t('custody.oneWay')}
        </Text>
      )}
      <RowButton mt="sm" className="start" onClick={() => setOpen(true)}>
        {title}
      </RowButton>
      {isOpen ? <PasswordDialog title={title} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function PasswordDialog({ title, onClose }: { title: string; onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const opening = useOpening();
  const next = useNewPassword();
  const change = useMutation({
    mutationFn: () =>
      api<z.infer<typeof ceremonyDone>>('PUT', '/ceremony/password', {
        opening: opening.value,
        password: next.value ?? { generate: true },
      } satisfies z.input<typeof passwordInput>),
    gcTime: 0,
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <Dialog title={title} onClose={onClose}>
      {change.data === undefined ? (
        <Form onSubmit={() => change.mutate()}>
          {opening.fields}
          {next.fields}
          <FormEnd
            submit={title}
            isPending={change.isPending}
            isReady={opening.isReady && next.isReady}
            error={change.error}
            onCancel={onClose}
          />
        </Form>
      ) : (
        <Stack>
          <Alert color="green" icon={<Icon name="check" />} title={t('custody.passwordChanged')} role="status" />
          {change.data.passphrase === undefined ? null : <ShownOnce password={change.data.passphrase} />}
          <Button onClick={onClose} className="start">
            {t('dialog.done')}
          </Button>
        </Stack>
      )}
    </Dialog>
  );
}
