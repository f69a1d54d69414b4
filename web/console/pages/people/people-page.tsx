// People and programs: who may sign in, what waits for a second administrator, who is signed in now, tokens.
import { Button, Card, Group, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { AccountView } from '../../../../src/api/schemas/accounts.ts';
import type { RoleView } from '../../../../src/api/schemas/common.ts';
import type { allSignIns } from '../../../../src/api/schemas/sign-in-ways.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useMe } from '../../app/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Loaded, Page } from '../../parts/page.tsx';
import { RowsTable, TwoLines, actionsColumn } from '../../parts/table.tsx';
import { Approvals } from './approvals.tsx';
import { roles } from './roles.ts';
import { Provider } from './provider.tsx';
import { Tokens } from './tokens.tsx';
import { RowButton } from '../../parts/row-button.tsx';

/** People. */
export function PeoplePage() {
  const { t } = useTexts();
  const { mayChange } = useMe();
  return (
    <Page title={t('people.title')} lead={t('people.lead')}>
      <Stack gap="lg">
        <Approvals />
        {mayChange ? (
          <>
            <People />
            <SignIns />
            <Tokens />
            <Provider />
          </>
        ) : null}
      </Stack>
    </Page>
  );
}

function SignIns() {
  const { t, relative } = useTexts();
  const client = useQueryClient();
  const signIns = useQuery({
    queryKey: ['all-sign-ins'],
    queryFn: () => api<z.infer<typeof allSignIns>>('GET', '/sign-ins'),
  });
  const end = useMutation({
    mutationFn: (id: string) => api('DELETE', `/sign-ins/${encodeURIComponent(id)}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['all-sign-ins'] }),
  });
  return (
    <section aria-labelledby="all-sign-ins">
      <Title order={2} id="all-sign-ins" mb="sm">
        {t('people.signIns')}
      </Title>
      <Loaded query={signIns} lines={1}>
        {(data) => (
          <RowsTable
            label={t('people.signIns')}
            rows={data.signIns}
            columns={[
              {
                title: t('signIn.name'),
                width: 'minmax(0, 1fr)',
                onPhone: true,
                cell: ({ account, address }) => <TwoLines first={account} second={address} />,
              },
              {
                title: t('people.seen'),
                width: 'minmax(0, 2fr)',
                cell: ({ seenAt, agent }) => <TwoLines first={relative(seenAt)} second={agent} />,
              },
              actionsColumn(t('common.actions'), '110px', ({ id, account }: { id: string; account: string }) => (
                <RowButton onClick={() => end.mutate(id)} of={account}>
                  {t('account.end')}
                </RowButton>
              )),
            ]}
          />
        )}
      </Loaded>
    </section>
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
  const again = (): Promise<void> => client.invalidateQueries();
  const change = useMutation({ mutationFn: (role: string) => api('PUT', path, { role }), onSettled: again });
  const forget = useMutation({ mutationFn: () => api('POST', `${path}/forget-ways`, {}), onSettled: again });
  const trouble = change.error ?? forget.error ?? link.error;
  const isMe = account.name === me.name;
  return (
    <div className="gap-row">
      <div>
        <Text fw={600}>{account.name}</Text>
        <Text size="sm" className="quiet">
          {t(`role.${account.role}`)}: {t(`account.roleHint.${account.role}`)}
          {account.passwordSetAt === undefined ? ` · ${t('account.noPassword')}` : ''}
        </Text>
        {trouble === null ? null : <FailureBox failure={viewOfError(trouble)} />}
        {forget.isSuccess ? <Text size="sm">{t('people.forgotten')}</Text> : null}
        {link.data === undefined ? null : (
          <CopyText text={link.data.link} label={t('account.link', { name: account.name })} />
        )}
      </div>
      {isMe ? null : (
        <Group gap="xs">
          <Select
            size="xs"
            w={150}
            aria-label={`${t('account.role')}: ${account.name}`}
            data={roles.map((value) => ({ value, label: t(`role.${value}`) }))}
            value={account.role}
            allowDeselect={false}
            onChange={(role) => change.mutate(role ?? account.role)}
          />
          <RowButton loading={forget.isPending} onClick={() => forget.mutate()} of={account.name}>
            {t('people.forget')}
          </RowButton>
          <RowButton loading={link.isPending} onClick={() => link.mutate()} of={account.name}>
            {t('account.newLink')}
          </RowButton>
          <RowButton onClick={() => setRemoving(true)} of={account.name}>
            {t('common.remove')}
          </RowButton>
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
