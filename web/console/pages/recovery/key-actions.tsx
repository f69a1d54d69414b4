// Changing the master password of the recovery key; every earlier kit opens with the new one.
import { Alert, Button, PasswordInput, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { ceremonyDone, passwordInput } from '../../../../src/api/schemas/ceremony.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { CopyText } from '../../parts/copy-text.tsx';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { RowButton } from '../../parts/row-button.tsx';

/** The button, and its dialog. */
export function KeyActions({ ways }: { ways: string[] }) {
  const { t } = useTexts();
  const [isOpen, setOpen] = useState(false);
  if (!ways.includes('master-password')) return null;
  return (
    <>
      {ways.length > 1 ? null : (
        <Text size="sm" className="tone-warn" mt="sm">
          {t('custody.oneWay')}
        </Text>
      )}
      <RowButton mt="sm" onClick={() => setOpen(true)}>
        {t('custody.changePassword')}
      </RowButton>
      {isOpen ? <PasswordDialog onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function PasswordDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [current, setCurrent] = useState('');
  const [isOwn, setOwn] = useState(false);
  const [next, setNext] = useState('');
  const [repeat, setRepeat] = useState('');
  const change = useMutation({
    mutationFn: () =>
      api<z.infer<typeof ceremonyDone>>('PUT', '/ceremony/password', {
        opening: { masterPassword: current },
        password: isOwn ? { masterPassword: next } : { generate: true },
      } satisfies z.input<typeof passwordInput>),
    gcTime: 0,
    onSuccess: () => client.invalidateQueries(),
  });
  const isReady = current !== '' && (!isOwn || (next !== '' && next === repeat));
  return (
    <Dialog title={t('custody.changePassword')} onClose={onClose}>
      {change.data === undefined ? (
        <Form onSubmit={() => change.mutate()}>
          <PasswordInput
            label={t('custody.current')}
            autoComplete="off"
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <SegmentedControl
            aria-label={t('custody.changePassword')}
            value={isOwn ? 'own' : 'generated'}
            data={[
              { value: 'generated', label: t('firstSteps.key.generated') },
              { value: 'own', label: t('firstSteps.key.own') },
            ]}
            onChange={(value) => setOwn(value === 'own')}
          />
          {isOwn ? (
            <>
              <PasswordInput
                label={t('firstSteps.key.password')}
                description={t('firstSteps.key.passwordHint')}
                autoComplete="new-password"
                value={next}
                onChange={(event) => setNext(event.currentTarget.value)}
              />
              <PasswordInput
                label={t('firstSteps.key.repeat')}
                autoComplete="new-password"
                value={repeat}
                onChange={(event) => setRepeat(event.currentTarget.value)}
              />
            </>
          ) : null}
          <FormEnd
            submit={t('custody.changePassword')}
            isPending={change.isPending}
            isReady={isReady}
            error={change.error}
            onCancel={onClose}
          />
        </Form>
      ) : (
        <Stack>
          <Alert color="green" title={t('custody.passwordChanged')} role="status" />
          {change.data.passphrase === undefined ? null : (
            <>
              <Text fw={600}>{t('firstSteps.key.once')}</Text>
              <p className="shown-once">{change.data.passphrase}</p>
              <CopyText text={change.data.passphrase} />
            </>
          )}
          <Button onClick={onClose}>{t('dialog.done')}</Button>
        </Stack>
      )}
    </Dialog>
  );
}
