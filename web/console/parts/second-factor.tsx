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
            <Codes codes={data.codes} hasPassword={data.hasPassword} />
            {data.passkeys.map((passkey) => (
              <Passkey key={passkey.id} passkey={passkey} />
            ))}
            <AddPasskey hasPassword={data.hasPassword} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Codes({ codes, hasPassword }: Pick<SignInWays, 'codes' | 'hasPassword'>) {
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
          <BeginCodes hasPassword={hasPassword} onClose={() => setOpen(false)} />
        )
      ) : null}
    </div>
  );
}

function BeginCodes({ hasPassword, onClose }: { hasPassword: boolean; onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const begin = useMutation({
    mutationFn: () => api<{ uri: string; picture: string }>('POST', '/session/codes/begin', { password }),
    gcTime: 0,
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
      {begin.data === undefined ? (
        <Form onSubmit={() => begin.mutate()}>
          <Text>{t('factor.codesHint')}</Text>
          <OwnPassword isNeeded={hasPassword} value={password} onChange={setPassword} />
          <FormEnd
            submit={t('factor.next')}
            isPending={begin.isPending}
            isReady={!hasPassword || password !== ''}
            error={begin.error}
            onCancel={onClose}
          />
        </Form>
      ) : (
        <Form onSubmit={() => prove.mutate()}>
          <Text>{t('factor.scan')}</Text>
          <img src={begin.data.picture} alt={t('factor.picture')} className="qr" />
          <CopyText text={begin.data.uri} label={t('factor.address')} />
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
        <OwnPassword isNeeded value={password} onChange={setPassword} />
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

// Proved before another way in is added or one is taken away; accounts of the identity provider have none.
function OwnPassword(props: { isNeeded: boolean; value: string; onChange: (password: string) => void }) {
  const { t } = useTexts();
  if (!props.isNeeded) return null;
  return (
    <PasswordInput
      label={t('signIn.password')}
      required
      autoComplete="current-password"
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}

function AddPasskey({ hasPassword }: { hasPassword: boolean }) {
  const { t } = useTexts();
  const [isOpen, setOpen] = useState(false);
  if (!hasPasskeys()) return null;
  return (
    <div className="gap-row">
      <Text fw={600}>{t('factor.passkeys')}</Text>
      <RowButton onClick={() => setOpen(true)}>{t('factor.passkeyAdd')}</RowButton>
      {isOpen ? <NewPasskey hasPassword={hasPassword} onClose={() => setOpen(false)} /> : null}
    </div>
  );
}

function NewPasskey({ hasPassword, onClose }: { hasPassword: boolean; onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const add = useMutation({
    mutationFn: async () => {
      const asked = await api<{ options: Record<string, unknown> }>('POST', '/session/passkeys/begin', { password });
      await api('POST', '/session/passkeys', { name, response: await makePasskey(asked.options) });
    },
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['ways'] });
    },
  });
  return (
    <Dialog title={t('factor.passkeyAdd')} onClose={onClose}>
      <Form onSubmit={() => add.mutate()}>
        <TextInput
          label={t('factor.passkeyName')}
          placeholder={t('factor.passkeyExample')}
          required
          value={name}
          autoComplete="off"
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <OwnPassword isNeeded={hasPassword} value={password} onChange={setPassword} />
        <FormEnd
          submit={t('factor.passkeyAdd')}
          isPending={add.isPending}
          isReady={name !== '' && (!hasPassword || password !== '')}
          error={add.error}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  );
}
