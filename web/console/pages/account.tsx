// One's own account, and for administrators everybody's.
import {
  Alert,
  Button,
  Card,
  Group,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AccountView } from '../../../src/api/schemas/accounts.ts';
import type { RoleView } from '../../../src/api/schemas/common.ts';
import type { SignInView } from '../../../src/api/schemas/session.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useMe } from '../app/session.ts';
import { Confirm } from '../parts/confirm.tsx';
import { CopyText } from '../parts/copy-text.tsx';
import { Dialog, Form, FormEnd } from '../parts/dialog.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { Icon } from '../parts/icons.tsx';
import { Loaded, Page } from '../parts/page.tsx';

const roles: RoleView[] = ['administrator', 'operator', 'auditor', 'custodian'];

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
      {me.mayChange ? <People /> : null}
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
    <Card withBorder padding="lg" component="section" aria-labelledby="password">
      <Title order={2} id="password" mb="sm">
        {t('account.password')}
      </Title>
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
    </Card>
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
    <Card withBorder padding="lg" component="section" aria-labelledby="sign-ins">
      <Title order={2} id="sign-ins" mb="sm">
        {t('account.signIns')}
      </Title>
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
                <Button size="xs" variant="default" onClick={() => end.mutate(signIn.id)}>
                  {t('account.end')}
                </Button>
              )}
            </div>
          ))
        }
      </Loaded>
    </Card>
  );
}

function People() {
  const { t } = useTexts();
  const [isAdding, setAdding] = useState(false);
  const accounts = useQuery({
    queryKey: ['accounts'],
    queryFn: () => api<{ accounts: AccountView[] }>('GET', '/accounts'),
  });
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="people">
      <Group justify="space-between" mb="sm">
        <div>
          <Title order={2} id="people">
            {t('account.people')}
          </Title>
          <Text size="sm" className="quiet">
            {t('account.peopleLead')}
          </Text>
        </div>
        <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setAdding(true)}>
          {t('account.addPerson')}
        </Button>
      </Group>
      <Loaded query={accounts} lines={2}>
        {(data) => data.accounts.map((account) => <Person key={account.id} account={account} />)}
      </Loaded>
      {isAdding ? <PersonDialog onClose={() => setAdding(false)} /> : null}
    </Card>
  );
}

function Person({ account }: { account: AccountView }) {
  const { t } = useTexts();
  const me = useMe();
  const client = useQueryClient();
  const [isRemoving, setRemoving] = useState(false);
  const path = `/accounts/${encodeURIComponent(account.name)}`;
  const link = useMutation({ mutationFn: () => api<{ link: string }>('POST', `${path}/link`, {}) });
  const remove = useMutation({
    mutationFn: () => api('DELETE', path),
    onSuccess: () => client.invalidateQueries({ queryKey: ['accounts'] }),
  });
  const isMe = account.name === me.name;
  return (
    <div className="gap-row">
      <div>
        <Text fw={600}>{account.name}</Text>
        <Text size="sm" className="quiet">
          {t(`role.${account.role}`)}: {t(`account.roleHint.${account.role}`)}
          {account.passwordSetAt === undefined ? ` · ${t('account.noPassword')}` : ''}
        </Text>
        {link.data === undefined ? null : (
          <CopyText text={link.data.link} label={t('account.link', { name: account.name })} />
        )}
      </div>
      {isMe ? null : (
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            loading={link.isPending}
            onClick={() => link.mutate()}
            aria-label={`${t('account.newLink')}: ${account.name}`}
          >
            {t('account.newLink')}
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() => setRemoving(true)}
            aria-label={`${t('common.remove')}: ${account.name}`}
          >
            {t('common.remove')}
          </Button>
        </Group>
      )}
      {isRemoving ? (
        <Confirm
          title={t('account.removeTitle', { name: account.name })}
          confirm={t('account.removeConfirm')}
          isPending={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={() => setRemoving(false)}
        >
          <Text>{t('account.removeLoses')}</Text>
        </Confirm>
      ) : null}
    </div>
  );
}

function PersonDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<RoleView>('operator');
  const add = useMutation({
    mutationFn: () => api<{ link: string }>('POST', '/accounts', { name, role }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['accounts'] }),
  });
  return (
    <Dialog title={t('account.addPerson')} onClose={onClose}>
      {add.data === undefined ? (
        <Form onSubmit={() => add.mutate()}>
          <TextInput
            label={t('signIn.name')}
            required
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <Select
            label={t('account.role')}
            data={roles.map((value) => ({
              value,
              label: `${t(`role.${value}`)}: ${t(`account.roleHint.${value}`)}`,
            }))}
            value={role}
            allowDeselect={false}
            onChange={(value) => setRole(value as RoleView)}
          />
          <FormEnd
            submit={t('account.addPerson')}
            isPending={add.isPending}
            isReady={name !== ''}
            error={add.error}
            onCancel={onClose}
          />
        </Form>
      ) : (
        <Stack>
          <CopyText text={add.data.link} label={t('account.link', { name })} />
          <Button onClick={onClose}>{t('dialog.done')}</Button>
        </Stack>
      )}
    </Dialog>
  );
}
