// Signing in.
import { Button, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useForgetAll } from '../app/session.ts';
import { Door } from '../parts/door.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';

/** Asks for name and password. */
export function SignInPage() {
  const { t } = useTexts();
  const forget = useForgetAll();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation({
    mutationFn: () => api('POST', '/session', { name, password }),
    onSuccess: forget,
    onSettled: () => setPassword(''),
  });
  useEffect(() => {
    document.title = `${t('signIn.title')} · ${t('app.name')}`;
  }, [t]);
  return (
    <Door>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <Stack gap="md">
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
          {signIn.error === null ? null : <FailureBox failure={viewOfError(signIn.error)} />}
          <Button type="submit" loading={signIn.isPending} disabled={name === '' || password === ''}>
            {t('signIn.submit')}
          </Button>
        </Stack>
      </form>
    </Door>
  );
}
