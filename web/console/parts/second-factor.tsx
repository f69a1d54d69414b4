// The second factor of one's own account: one-time codes with their recovery codes, and passkeys.
import { Alert, Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SignInWays } from '../../../src/api/schemas/sign-in-ways.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { hasPasskeys, makePasskey } from '../app/passkey.ts';
import { CopyText } from './copy-text.tsx';
import { Dialog, Form, FormEnd } from './dialog.tsx';
import { FailureBox, viewOfError } from './failure.tsx';
import { Loaded, Section } from './page.tsx';
import { Status } from './status.tsx';
import { RowButton } from './row-button.tsx';

/** The card on the Account page. */
export function SecondFactor() {
  const { t } = useTexts();
  const ways = useQuery({ queryKey: ['ways'], queryFn: () => api<SignInWays>('GET', '/session/ways') });
  return (
    <Section id="second-factor" title={t('factor.title')} lead={t('factor.lead')}>
      <Loaded query={ways} lines={2}>
        {(data) => (
          <>
            <Codes codes={data.codes} />
            {data.passkeys.map((passkey) => (
              <Passkey key={passkey.id} passkey={passkey} />
            ))}
            <AddPasskey />
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Codes({ codes }: { codes: SignInWays['codes'] }) {
  const { t } = useTexts();
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="gap-row">
      <div>
        <Group gap="xs">
          <Text fw={600}>{t('factor.codes')}</Text>
          <Status tone={codes.isOn ? 'good' : 'quiet'}>{t(codes.isOn ? 'common.on' : 'common.off')}</Status>
        </Group>
        {codes.isOn ? (
          <Text size="sm" className="quiet">
            {t('factor.codesLeft', { count: codes.recoveryCodesLeft })}
          </Text>
        ) : null}
      </div>
      <RowButton onClick={() => setOpen(true)}>{t(codes.isOn ? 'factor.codesEnd' : 'factor.codesBegin')}</RowButton>
      {isOpen ? (
        codes.isOn ? (
          <EndCodes onClose={() => setOpen(false)} />
        ) : (
          <BeginCodes onClose={() => setOpen(false)} />
        )
      ) : null}
    </div>
  );
}

function BeginCodes({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [code, setCode] = useState('');
  const begin = useQuery({
    queryKey: ['begin-codes'],
    queryFn: () => api<{ uri: string; picture: string }>('POST', '/session/codes/begin', {}),
    gcTime: 0,
    staleTime: Infinity,
    retry: false,
  });
  const prove = useMutation({
    mutationFn: () => api<{ recoveryCodes: string[] }>('POST', '/session/codes', { code: code.replaceAll(' ', '') }),
    gcTime: 0,
  });
  const close = (): void => {
    onClose();
    void client.invalidateQueries({ queryKey: ['ways'] });
  };
  if (prove.data !== undefined) {
    return (
      <Dialog title={t('factor.codes')} onClose={close}>
        <Stack>
          <Alert color="green" title={t('factor.codesOn')} role="status">
            {t('factor.recoveryHint')}
          </Alert>
          <CopyText text={prove.data.recoveryCodes.join('\n')} label={t('factor.recovery')} />
          <Button onClick={close}>{t('dialog.done')}</Button>
        </Stack>
      </Dialog>
    );
  }
  return (
    <Dialog title={t('factor.codes')} onClose={onClose}>
      <Loaded query={begin}>
        {({ uri, picture }) => (
          <Form onSubmit={() => prove.mutate()}>
            <Text>{t('factor.scan')}</Text>
            <img src={picture} alt={t('factor.picture')} className="qr" />
            <CopyText text={uri} label={t('factor.address')} />
            <TextInput
              label={t('signIn.code')}
              required
              autoComplete="one-time-code"
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
            />
            <FormEnd
              submit={t('factor.codesBegin')}
              isPending={prove.isPending}
              isReady={code.length >= 6}
              error={prove.error}
              onCancel={onClose}
            />
          </Form>
        )}
      </Loaded>
    </Dialog>
  );
}

function EndCodes({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [password, setPassword] = useState('');
  const end = useMutation({
    mutationFn: () => api('POST', '/session/codes/end', { password }),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['ways'] });
    },
  });
  return (
    <Dialog title={t('factor.codesEnd')} onClose={onClose}>
      <Form onSubmit={() => end.mutate()}>
        <Text>{t('factor.endHint')}</Text>
        <PasswordInput
          label={t('signIn.password')}
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <FormEnd
          submit={t('factor.codesEnd')}
          isPending={end.isPending}
          isReady={password !== ''}
          error={end.error}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  );
}

function Passkey({ passkey }: { passkey: SignInWays['passkeys'][number] }) {
  const { t, relative } = useTexts();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api('DELETE', `/session/passkeys/${encodeURIComponent(passkey.id)}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['ways'] }),
  });
  return (
    <div className="gap-row">
      <div>
        <Text fw={600}>{passkey.name}</Text>
        <Text size="sm" className="quiet">
          {t('factor.passkey')} ·{' '}
          {passkey.usedAt === undefined ? t('factor.neverUsed') : t('factor.used', { when: relative(passkey.usedAt) })}
        </Text>
      </div>
      <RowButton loading={remove.isPending} onClick={() => remove.mutate()} of={passkey.name}>
        {t('common.remove')}
      </RowButton>
    </div>
  );
}

function AddPasskey() {
  const { t } = useTexts();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const add = useMutation({
    mutationFn: async () => {
      const { options } = await api<{ options: Record<string, unknown> }>('POST', '/session/passkeys/begin', {});
      await api('POST', '/session/passkeys', { name, response: await makePasskey(options) });
    },
    onSuccess: async () => {
      setName('');
      await client.invalidateQueries({ queryKey: ['ways'] });
    },
  });
  if (!hasPasskeys()) return null;
  return (
    <form
      className="gap-row"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <TextInput
        label={t('factor.passkeyName')}
        placeholder={t('factor.passkeyExample')}
        value={name}
        autoComplete="off"
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" variant="default" loading={add.isPending} disabled={name === ''}>
        {t('factor.passkeyAdd')}
      </Button>
      {add.error === null ? null : <FailureBox failure={viewOfError(add.error)} />}
    </form>
  );
}
