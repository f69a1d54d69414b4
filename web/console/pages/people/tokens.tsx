// Tokens, by which programs use the API: what each may do, until when, and when it was last used.
import { Alert, Button, Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { TokenView, madeToken, scopeList, tokenList } from '../../../../src/api/schemas/accounts.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Loaded, Section } from '../../parts/page.tsx';
import { RowButton } from '../../parts/row-button.tsx';
import { roles } from './roles.ts';

type Scopes = z.infer<typeof scopeList>['scopes'];
type Scope = Scopes[number]['scope'];

const dayMs = 24 * 60 * 60_000;
const lives = ['30', '90', '365', ''] as const;

function useScopes() {
  return useQuery({
    queryKey: ['token-scopes'],
    queryFn: () => api<z.infer<typeof scopeList>>('GET', '/token-scopes'),
    staleTime: Infinity,
  });
}

/** See the head of this file. */
export function Tokens() {
  const { t, list, language } = useTexts();
  const [isAdding, setAdding] = useState(false);
  const [removed, setRemoved] = useState<TokenView>();
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: () => api<z.infer<typeof tokenList>>('GET', '/tokens') });
  const titles = new Map(useScopes().data?.scopes.map(({ scope, title }) => [scope, title[language]]));
  return (
    <Section id="tokens" title={t('people.tokens')} lead={t('people.tokensLead')}>
      <Loaded query={tokens} lines={1}>
        {(data) => (
          <>
            {data.tokens.length === 0 ? (
              <Text size="sm" className="quiet">
                {t('people.tokensNone')}
              </Text>
            ) : null}
            {data.tokens.map((token) => (
              <div className="gap-row" key={token.id}>
                <div>
                  <Text fw={600}>{token.name}</Text>
                  <Text size="sm">{list(token.scopes.map((scope) => titles.get(scope) ?? scope))}</Text>
                  <TokenFacts token={token} />
                </div>
                <RowButton of={token.name} onClick={() => setRemoved(token)}>
                  {t('common.remove')}
                </RowButton>
              </div>
            ))}
          </>
        )}
      </Loaded>
      <RowButton className="start" mt="sm" onClick={() => setAdding(true)}>
        {t('people.tokenAdd')}
      </RowButton>
      {isAdding ? <AddToken onClose={() => setAdding(false)} /> : null}
      {removed === undefined ? null : <RemoveToken token={removed} onClose={() => setRemoved(undefined)} />}
    </Section>
  );
}

function TokenFacts({ token }: { token: TokenView }) {
  const { t, moment, relative } = useTexts();
  const { createdBy, createdAt, expiresAt, usedAt } = token;
  const isOver = expiresAt !== undefined && Date.parse(expiresAt) < Date.now();
  const facts = [
    t('people.madeBy', { name: createdBy, when: moment(createdAt) }),
    usedAt === undefined ? t('people.tokenUnused') : t('people.tokenUsed', { when: relative(usedAt) }),
    expiresAt === undefined
      ? t('people.tokenForever')
      : t(isOver ? 'people.tokenOver' : 'people.tokenUntil', { when: moment(expiresAt) }),
  ];
  return (
    <Text size="sm" className={isOver ? 'tone-bad' : 'quiet'}>
      {facts.join(' · ')}
    </Text>
  );
}

function RemoveToken({ token, onClose }: { token: TokenView; onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api('DELETE', `/tokens/${encodeURIComponent(token.name)}`),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['tokens'] });
    },
  });
  return (
    <Confirm
      title={t('people.tokenRemoveTitle', { name: token.name })}
      confirm={t('people.tokenRemoveConfirm')}
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <Text>{t('people.tokenRemoveLoses')}</Text>
    </Confirm>
  );
}

function AddToken({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const scopes = useScopes();
  return (
    <Dialog title={t('people.tokenAdd')} size="lg" onClose={onClose}>
      <Loaded query={scopes}>{(data) => <TokenForm scopes={data.scopes} onClose={onClose} />}</Loaded>
    </Dialog>
  );
}

function TokenForm({ scopes, onClose }: { scopes: Scopes; onClose: () => void }) {
  const { t, language } = useTexts();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [life, setLife] = useState<string>('90');
  const [chosen, setChosen] = useState<Scope[]>(['state:read']);
  const add = useMutation({
    mutationFn: () =>
      api<z.infer<typeof madeToken>>('POST', '/tokens', {
        name,
        scopes: chosen,
        ...(life === '' ? {} : { expiresAt: new Date(Date.now() + Number(life) * dayMs).toISOString() }),
      }),
    gcTime: 0,
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  });
  if (add.data !== undefined) {
    return (
      <Stack>
        <Alert color="green" icon={<Icon name="check" />} title={t('people.tokenOnce')} role="status" />
        <CopyText text={add.data.token} label={name} />
        <Button className="start" onClick={onClose}>
          {t('dialog.done')}
        </Button>
      </Stack>
    );
  }
  return (
    <Form onSubmit={() => add.mutate()}>
      <TextInput
        label={t('people.tokenName')}
        description={t('people.tokenNameHint')}
        required
        value={name}
        autoComplete="off"
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Select
        label={t('people.tokenLife')}
        maw={260}
        data={lives.map((days) => ({
          value: days,
          label: days === '' ? t('people.tokenForever') : t('people.tokenDays', { count: Number(days) }),
        }))}
        value={life}
        allowDeselect={false}
        onChange={(value) => setLife(value ?? '')}
      />
      <Checkbox.Group
        label={t('people.tokenMay')}
        description={t('people.tokenMayHint')}
        value={chosen}
        onChange={setChosen}
      >
        <Group gap="xs" my="xs">
          {roles.map((role) => (
            <RowButton
              key={role}
              onClick={() => setChosen(scopes.filter((each) => each.roles.includes(role)).map(({ scope }) => scope))}
            >
              {t('people.tokenAsRole', { role: t(`role.${role}`) })}
            </RowButton>
          ))}
        </Group>
        <div className="choices scrolls" role="group" aria-label={t('people.tokenMay')} tabIndex={0}>
          {scopes.map(({ scope, title }) => (
            <Checkbox key={scope} value={scope} label={title[language]} description={scope} />
          ))}
        </div>
      </Checkbox.Group>
      <FormEnd
        submit={t('people.tokenAdd')}
        isPending={add.isPending}
        isReady={name !== '' && chosen.length > 0}
        error={add.error}
        onCancel={onClose}
      />
    </Form>
  );
}
