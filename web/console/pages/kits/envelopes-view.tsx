// Envelopes: parts of every kit that a team opens with its own keys; made, changed, removed.
import { Button, Group, MultiSelect, Stack, Text, TextInput, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type {
  EnvelopeView,
  SecretGroupsView,
  envelopeInput,
  envelopeList,
} from '../../../../src/api/schemas/envelopes.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useMe } from '../../app/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Empty, Loaded } from '../../parts/page.tsx';
import { RowButton } from '../../parts/row-button.tsx';
import { linesOf } from '../../parts/schema-form.tsx';
import { type Column, RowsTable, TwoLines, actionsColumn } from '../../parts/table.tsx';

/** See the head of this file. */
export function EnvelopesView() {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const [edited, setEdited] = useState<EnvelopeView | 'new'>();
  const [removed, setRemoved] = useState<EnvelopeView>();
  const envelopes = useQuery({
    queryKey: ['envelopes'],
    queryFn: () => api<z.infer<typeof envelopeList>>('GET', '/envelopes'),
  });
  const add = mayChange ? (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setEdited('new')}>
      {t('envelopes.add')}
    </Button>
  ) : null;
  return (
    <Loaded query={envelopes}>
      {(data) => (
        <Stack gap="md">
          {data.envelopes.length === 0 ? (
            <Empty icon="people" title={t('envelopes.emptyTitle')} hint={t('envelopes.emptyHint')}>
              {add}
            </Empty>
          ) : (
            <>
              <Envelopes envelopes={data.envelopes} onEdit={setEdited} onRemove={setRemoved} />
              <Group>{add}</Group>
            </>
          )}
          {edited === undefined ? null : (
            <EnvelopeDialog {...(edited === 'new' ? {} : { edited })} onClose={() => setEdited(undefined)} />
          )}
          {removed === undefined ? null : <RemoveDialog envelope={removed} onClose={() => setRemoved(undefined)} />}
        </Stack>
      )}
    </Loaded>
  );
}

function Envelopes(props: {
  envelopes: EnvelopeView[];
  onEdit: (envelope: EnvelopeView) => void;
  onRemove: (envelope: EnvelopeView) => void;
}) {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const columns: Column<EnvelopeView>[] = [
    {
      title: t('envelopes.title'),
      width: 'minmax(0, 1fr)',
      onPhone: true,
      cell: ({ title, recipients }) => (
        <TwoLines first={title} second={t('envelopes.keyCount', { count: recipients.length })} />
      ),
    },
    {
      title: t('envelopes.groups'),
      width: 'minmax(0, 2fr)',
      cell: ({ groups }) => {
        const text = groups.map(nameOf).join(', ');
        return (
          <span className="clip" title={text}>
            {text}
          </span>
        );
      },
    },
    {
      title: t('kits.secrets'),
      width: 'minmax(90px, 0.6fr)',
      isNumber: true,
      cell: ({ records }) => t('items.secrets', { count: records }),
    },
    ...(mayChange
      ? [
          actionsColumn(t('common.actions'), '190px', (envelope: EnvelopeView) => (
            <Group gap="xs" wrap="nowrap">
              <RowButton of={envelope.title} onClick={() => props.onEdit(envelope)}>
                {t('common.edit')}
              </RowButton>
              <RowButton of={envelope.title} onClick={() => props.onRemove(envelope)}>
                {t('common.remove')}
              </RowButton>
            </Group>
          )),
        ]
      : []),
  ];
  return <RowsTable label={t('envelopes.tab')} columns={columns} rows={props.envelopes} />;
}

function nameOf(path: readonly string[]): string {
  return path.join(' / ');
}

function EnvelopeDialog({ edited, onClose }: { edited?: EnvelopeView; onClose: () => void }) {
  const { t, number } = useTexts();
  const client = useQueryClient();
  const known = useQuery({
    queryKey: ['secret-groups'],
    queryFn: () => api<SecretGroupsView>('GET', '/secret-groups'),
  });
  const [title, setTitle] = useState(edited?.title ?? '');
  // A path as the choice knows it; names may hold any character, so that a separator would not do.
  const [groups, setGroups] = useState<string[]>((edited?.groups ?? []).map((path) => JSON.stringify(path)));
  const [keys, setKeys] = useState((edited?.recipients ?? []).join('\n'));
  const save = useMutation({
    mutationFn: () => {
      const input: z.input<typeof envelopeInput> = {
        title,
        groups: groups.map((group) => JSON.parse(group) as string[]),
        recipients: linesOf(keys),
      };
      return edited === undefined
        ? api('POST', '/envelopes', input)
        : api('PUT', `/envelopes/${encodeURIComponent(edited.id)}`, input);
    },
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  const choices = new Map(
    (known.data?.groups ?? []).map(({ path, records }) => [
      JSON.stringify(path),
      `${nameOf(path)} (${number(records)})`,
    ]),
  );
  for (const group of groups) if (!choices.has(group)) choices.set(group, nameOf(JSON.parse(group) as string[]));
  return (
    <Dialog
      title={edited === undefined ? t('envelopes.add') : t('envelopes.edit', { title: edited.title })}
      size="lg"
      onClose={onClose}
    >
      <Form onSubmit={() => save.mutate()}>
        <TextInput
          label={t('envelopes.title')}
          description={t('envelopes.titleHint')}
          required
          value={title}
          autoComplete="off"
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <Loaded query={known} lines={1}>
          {() => (
            <MultiSelect
              label={t('envelopes.groups')}
              description={choices.size === 0 ? t('envelopes.noGroups') : t('envelopes.groupsHint')}
              required
              searchable
              data={[...choices].map(([value, label]) => ({ value, label }))}
              value={groups}
              onChange={setGroups}
            />
          )}
        </Loaded>
        <Textarea
          label={t('envelopes.keys')}
          description={t('envelopes.keysHint')}
          required
          autosize
          minRows={2}
          className="mono"
          spellCheck={false}
          value={keys}
          onChange={(event) => setKeys(event.currentTarget.value)}
        />
        <Text size="sm" className="quiet">
          {t('envelopes.nextKit')}
        </Text>
        <FormEnd
          submit={t('common.save')}
          isPending={save.isPending}
          isReady={title.trim() !== '' && groups.length > 0 && linesOf(keys).length > 0}
          error={save.error}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  );
}

function RemoveDialog({ envelope, onClose }: { envelope: EnvelopeView; onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api('DELETE', `/envelopes/${encodeURIComponent(envelope.id)}`),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  return (
    <Confirm
      title={t('envelopes.removeTitle', { title: envelope.title })}
      confirm={t('envelopes.removeConfirm')}
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <Text>{t('envelopes.removeLoses')}</Text>
    </Confirm>
  );
}
