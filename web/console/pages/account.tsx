// One's own account: password, second factor, sign-ins.
import { Alert, Button, PasswordInput, SimpleGrid, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SignInView } from '../../../src/api/schemas/session.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useMe } from '../app/session.ts';
import { Form } from '../parts/dialog.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { Icon } from '../parts/icons.tsx';
import { Loaded, Page, Section } from '../parts/page.tsx';
import { SecondFactor } from '../parts/second-factor.tsx';
import { RowButton } from '../parts/row-button.tsx';

/** Account. */
export function AccountPage() {
  const { t } = useTexts();
  const me = useMe();
  return (
    <Page title={t('account.title')} lead={t('account.lead', { name: me.name })}>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
        <PasswordCard name={me.name} />
        <SignInsCard />
      </SimpleGrid>
      <SecondFactor />
    </Page>
  );
}

function PasswordCard({ name }: { name: string }) {
  const { t } = useTexts();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: () => api('PUT', '/session/password', { current, next }),
    onSuccess: async () => {
      setCurrent('');
      setNext('');
      await client.invalidateQueries({ queryKey: ['sign-ins'] });
    },
  });
  return (
    <Section id="password" title={t('account.password')}>
      <Form onSubmit={() => change.mutate()}>
        <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
        <PasswordInput
          label={t('account.current')}
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('account.next')}
          description={t('setup.rule')}
          autoComplete="new-password"
          value={next}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        {change.error === null ? null : <FailureBox failure={viewOfError(change.error)} />}
        {change.isSuccess ? (
          <Alert color="green" icon={<Icon name="check" />} title={t('account.changed')} role="status" />
        ) : null}
        <Button
          type="submit"
          variant="default"
          className="start"
          loading={change.isPending}
          disabled={current === '' || next === ''}
        >
          {t('account.change')}
        </Button>
      </Form>
    </Section>
  );
}

function SignInsCard() {
  const { t, relative } = useTexts();
  const client = useQueryClient();
  const signIns = useQuery({
    queryKey: ['sign-ins'],
    queryFn: () => api<{ signIns: SignInView[] }>('GET', '/session/sign-ins'),
  });
  const end = useMutation({
    mutationFn: (id: string) => api('DELETE', `/session/sign-ins/${id}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['sign-ins'] }),
  });
  return (
    <Section id="sign-ins" title={t('account.signIns')}>
      <Loaded query={signIns} lines={1}>
        {(data) =>
          data.signIns.map((signIn) => (
            <div className="gap-row" key={signIn.id}>
              <div>
                <Text size="sm" fw={600}>
                  {signIn.address} {signIn.isThis ? `(${t('account.this')})` : ''}
                </Text>
                <Text size="xs" className="quiet" lineClamp={2}>
                  {t('account.seen', { when: relative(signIn.seenAt) })} · {signIn.agent}
                </Text>
              </div>
              {signIn.isThis ? null : (
                <RowButton of={signIn.address} onClick={() => end.mutate(signIn.id)}>
                  {t('account.end')}
                </RowButton>
              )}
            </div>
          ))
        }
      </Loaded>
    </Section>
  );
}
