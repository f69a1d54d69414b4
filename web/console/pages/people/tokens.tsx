// Tokens, by which programs use the API.
import { Button, Group, Select, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { tokenList } from '../../../../src/api/schemas/accounts.ts';
import type { RoleView } from '../../../../src/api/schemas/common.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { CopyText } from '../../parts/copy-text.tsx';
import { Form } from '../../parts/dialog.tsx';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { Loaded, Section } from '../../parts/page.tsx';
import { roles } from './roles.ts';
import { RowButton } from '../../parts/row-button.tsx';

/** See the head of this file. */
export function Tokens() {
  const { t, moment } = useTexts();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<RoleView>('auditor');
  const again = (): Promise<void> => client.invalidateQueries({ queryKey: ['tokens'] });
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: () => api<z.infer<typeof tokenList>>('GET', '/tokens') });
  const add = useMutation({
    mutationFn: () => api<{ token: string }>('POST', '/tokens', { name, role }),
    gcTime: 0,
    onSuccess: again,
  });
  const remove = useMutation({
    mutationFn: (token: string) => api('DELETE', `/tokens/${encodeURIComponent(token)}`),
    onSettled: again,
  });
  return (
    <Section id="tokens" title={t('people.tokens')} lead={t('people.tokensLead')}>
      <Loaded query={tokens} lines={1}>
        {(data) =>
          data.tokens.map((token) => (
            <div className="gap-row" key={token.id}>
              <div>
                <Text fw={600}>{token.name}</Text>
                <Text size="sm" className="quiet">
                  {t(`role.${token.role}`)} ·{' '}
                  {t('people.madeBy', { name: token.createdBy, when: moment(token.createdAt) })}
                </Text>
              </div>
              <RowButton onClick={() => remove.mutate(token.name)} of={token.name}>
                {t('common.remove')}
              </RowButton>
            </div>
          ))
        }
      </Loaded>
      {add.data === undefined ? null : <CopyText text={add.data.token} label={t('people.tokenOnce')} />}
      <Form onSubmit={() => add.mutate()}>
        <Group align="flex-end" gap="sm" mt="sm">
          <TextInput
            label={t('people.tokenName')}
            value={name}
            autoComplete="off"
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label={t('account.role')}
            data={roles.map((value) => ({ value, label: t(`role.${value}`) }))}
            value={role}
            allowDeselect={false}
            onChange={(value) => setRole(value as RoleView)}
          />
          <Button type="submit" variant="default" loading={add.isPending} disabled={name === ''}>
            {t('people.tokenAdd')}
          </Button>
        </Group>
        {add.error === null ? null : <FailureBox failure={viewOfError(add.error)} />}
      </Form>
    </Section>
  );
}
