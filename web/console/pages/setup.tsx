// The first account, or a forgotten password: whoever holds the one-time link sets it here.
import { Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { goTo } from '../app/router.tsx';
import { useForgetAll } from '../app/session.ts';
import { Door } from '../parts/door.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';

// The token leaves the address bar at once: nobody reads it off the screen or out of the history.
let token = '';
function takeToken(): void {
  if (location.pathname !== '/setup' || location.hash.length < 2) return;
  token = location.hash.slice(1);
  history.replaceState(null, '', '/setup');
}

/** Makes the first account, or sets a password. */
export function SetupPage() {
  const { t } = useTexts();
  takeToken();
  const forget = useForgetAll();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [repeat, setRepeat] = useState('');
  const [code, setCode] = useState('');
  const link = useQuery({
    queryKey: ['link', token],
    queryFn: () => api<{ account?: string; needsCode?: boolean }>('POST', '/links/read', { token }),
    enabled: token !== '',
    retry: false,
    staleTime: Infinity,
  });
  const needsCode = link.data?.needsCode === true;
  const use = useMutation({
    mutationFn: () =>
      api('POST', '/links/use', {
        token,
        name: link.data?.account ?? name,
        password,
        ...(needsCode ? { code: code.replaceAll(' ', '') } : {}),
      }),
    onSuccess: async () => {
      token = '';
      goTo(link.data?.account === undefined ? '/first-steps' : '/');
      await forget();
    },
  });
  const account = link.data?.account;
  const title = account === undefined ? t('setup.title') : t('setup.resetTitle');
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`;
  }, [title, t]);
  if (token === '') {
    return (
      <Door>
        <Title order={1} mb="xs">
          {t('setup.noLink')}
        </Title>
        <Text>{t('setup.noLinkHint')}</Text>
      </Door>
    );
  }
  if (link.error !== null) {
    return (
      <Door>
        <FailureBox failure={viewOfError(link.error)} />
      </Door>
    );
  }
  const differs = repeat !== '' && repeat !== password;
  const isReady =
    password !== '' &&
    repeat === password &&
    (account !== undefined || name !== '') &&
    (!needsCode || code.length >= 6);
  return (
    <Door>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) use.mutate();
        }}
      >
        <Stack gap="md">
          <div>
            <Title order={1}>{title}</Title>
            <Text className="quiet">
              {account === undefined ? t('setup.welcome') : t('setup.resetWelcome', { name: account })}
            </Text>
          </div>
          {account === undefined ? (
            <TextInput
              label={t('setup.name')}
              required
              autoComplete="username"
              autoFocus
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          ) : null}
          <PasswordInput
            label={t('setup.password')}
            description={t('setup.rule')}
            required
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('setup.repeat')}
            required
            autoComplete="new-password"
            value={repeat}
            onChange={(event) => setRepeat(event.currentTarget.value)}
            error={differs ? t('setup.differs') : undefined}
          />
          {needsCode ? (
            <TextInput
              label={t('signIn.code')}
              description={t('signIn.codeHint')}
              required
              autoComplete="one-time-code"
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
            />
          ) : null}
          {use.error === null ? null : <FailureBox failure={viewOfError(use.error)} />}
          <Button type="submit" loading={use.isPending} disabled={!isReady}>
            {account === undefined ? t('setup.submit') : t('setup.resetSubmit')}
          </Button>
        </Stack>
      </form>
    </Door>
  );
}
