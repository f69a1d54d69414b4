// Signing in: by name and password, with a one-time code where the account has one; by passkey; by the identity provider.
import { Button, Divider, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiFailure, api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { answerByPasskey, hasPasskeys } from '../app/passkey.ts';
import { useForgetAll } from '../app/session.ts';
import { Form } from '../parts/dialog.tsx';
import { Door } from '../parts/door.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { Icon } from '../parts/icons.tsx';

/** The page. `provider` is what the button of the identity provider says. */
export function SignInPage({ provider }: { provider: string | undefined }) {
  const { t } = useTexts();
  const forget = useForgetAll();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [asksCode, setAsksCode] = useState(false);
  const signIn = useMutation({
    mutationFn: () =>
      api('POST', '/session', { name, password, ...(asksCode ? { code: code.replaceAll(' ', '') } : {}) }),
    onSuccess: forget,
    onError: (error) => {
      setCode('');
      if (error instanceof ApiFailure && error.problem.code === 'accounts.code-needed') setAsksCode(true);
      else if (!asksCode) setPassword('');
    },
  });
  const passkey = useMutation({
    mutationFn: async () => {
      const { options } = await api<{ options: Record<string, unknown> }>('POST', '/session/passkey/begin', {});
      await api('POST', '/session/passkey', { response: await answerByPasskey(options) });
    },
    onSuccess: forget,
  });
  const leave = useMutation({
    mutationFn: () => api<{ url: string }>('POST', '/session/provider', {}),
    onSuccess: ({ url }) => location.assign(url),
  });
  useEffect(() => {
    document.title = `${t('signIn.title')} · ${t('app.name')}`;
  }, [t]);
  const isCodeQuestion = signIn.error instanceof ApiFailure && signIn.error.problem.code === 'accounts.code-needed';
  const error = passkey.error ?? leave.error ?? (isCodeQuestion ? null : signIn.error);
  return (
    <Door>
      <Form onSubmit={() => signIn.mutate()}>
        <Title order={1}>{t('signIn.title')}</Title>
        <TextInput
          label={t('signIn.name')}
          required
          autoComplete="username"
          autoFocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('signIn.password')}
          required
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {asksCode ? (
          <TextInput
            label={t('signIn.code')}
            description={t('signIn.codeHint')}
            required
            autoFocus
            autoComplete="one-time-code"
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        ) : null}
        {error === null ? null : <FailureBox failure={viewOfError(error)} />}
        <Button
          type="submit"
          loading={signIn.isPending}
          disabled={name === '' || password === '' || (asksCode && code === '')}
        >
          {t('signIn.submit')}
        </Button>
        {hasPasskeys() || provider !== undefined ? (
          <Stack gap="xs">
            <Divider label={t('signIn.or')} />
            {hasPasskeys() ? (
              <Button
                variant="default"
                leftSection={<Icon name="key" size={16} />}
                loading={passkey.isPending}
                onClick={() => passkey.mutate()}
              >
                {t('signIn.passkey')}
              </Button>
            ) : null}
            {provider === undefined ? null : (
              <Button variant="default" loading={leave.isPending} onClick={() => leave.mutate()}>
                {provider}
              </Button>
            )}
          </Stack>
        ) : null}
      </Form>
    </Door>
  );
}
