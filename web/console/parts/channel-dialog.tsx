// Adding a channel, or changing one: its settings, what it is told, and a test message before anything is kept.
import { Alert, Button, Select, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type {
  ChannelChangeInput,
  ChannelFilterView,
  ChannelKindsView,
  ChannelView,
  TestedChannel,
  TriedChannelInput,
} from '../../../src/api/schemas/channels.ts';
import { ApiFailure, api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { Dialog, Form, FormEnd } from './dialog.tsx';
import { FailureBox, viewOfError } from './failure.tsx';
import { Icon } from './icons.tsx';
import { Loaded } from './page.tsx';
import {
  type FormValues,
  SchemaForm,
  configOf,
  fieldsToChange,
  isFilled,
  useFieldText,
  valuesOf,
} from './schema-form.tsx';
import { Steps } from './steps.tsx';
import { WhatIsTold } from './what-is-told.tsx';

/** The dialog; with `edited` it changes that channel. */
export function ChannelDialog({ edited, onClose }: { edited?: ChannelView; onClose: () => void }) {
  const { t } = useTexts();
  const kinds = useQuery({
    queryKey: ['channel-kinds'],
    queryFn: () => api<ChannelKindsView>('GET', '/channel-kinds'),
    staleTime: Infinity,
  });
  const title = edited === undefined ? t('alerts.add') : t('dialog.changeTitle', { name: edited.name });
  return (
    <Dialog title={title} size="lg" onClose={onClose}>
      <Loaded query={kinds}>
        {(data) => <ChannelForm about={data} {...(edited === undefined ? {} : { edited })} onClose={onClose} />}
      </Loaded>
    </Dialog>
  );
}

function ChannelForm(props: { about: ChannelKindsView; edited?: ChannelView; onClose: () => void }) {
  const { t } = useTexts();
  const text = useFieldText();
  const client = useQueryClient();
  const { about, edited, onClose } = props;
  const kindOf = (name: string) => about.kinds.find(({ kind }) => kind === name);
  const [kindName, setKind] = useState(edited?.kind ?? 'email');
  const [name, setName] = useState(edited?.name ?? '');
  const [values, setValues] = useState<FormValues>(valuesOf(edited?.config ?? {}));
  const [filter, setFilter] = useState<ChannelFilterView | undefined>(
    edited?.filter ?? kindOf(kindName)?.defaultFilter,
  );
  const all = kindOf(kindName)?.fields ?? [];
  const fields = edited === undefined ? all : fieldsToChange(all, edited, values);
  const config = configOf(fields, values);
  const isOther =
    edited === undefined || JSON.stringify(config) !== JSON.stringify(configOf(fields, valuesOf(edited.config)));
  const test = useMutation({
    mutationFn: () =>
      api<TestedChannel>('POST', '/channels/test', {
        name,
        kind: kindName,
        config,
        isChange: edited !== undefined,
      } satisfies TriedChannelInput),
  });
  const save = useMutation({
    mutationFn: (ifNotDelivered: 'discard' | 'keep') =>
      edited === undefined
        ? api('POST', '/channels', { name, kind: kindName, config, filter })
        : api('PUT', `/channels/${encodeURIComponent(edited.name)}`, {
            ...(isOther ? { config } : {}),
            ...(filter === undefined ? {} : { filter }),
            ifNotDelivered,
          } satisfies ChannelChangeInput),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  const forget = (): void => {
    test.reset();
    save.reset();
  };
  const isReady = name !== '' && isFilled(fields, values);
  const isRefused = save.error instanceof ApiFailure && save.error.problem.code.startsWith('notify.');
  return (
    // What went through once need not go through again.
    <Form onSubmit={() => save.mutate(test.data?.isDelivered === true ? 'keep' : 'discard')}>
      {edited === undefined ? (
        <>
          <Select
            label={t('alerts.kind')}
            data={about.kinds.map(({ kind, title }) => ({ value: kind, label: text(title) }))}
            value={kindName}
            allowDeselect={false}
            onChange={(kind) => {
              setKind(kind ?? 'email');
              setValues({});
              setFilter(kindOf(kind ?? 'email')?.defaultFilter);
              forget();
            }}
          />
          <TextInput
            label={t('dialog.name')}
            required
            value={name}
            autoComplete="off"
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </>
      ) : null}
      <SchemaForm
        key={kindName}
        fields={fields}
        values={values}
        onChange={(next) => {
          setValues(next);
          forget();
        }}
        shown={['port', 'user', 'password', 'format', 'transport', 'digest', ...(edited?.kept ?? [])]}
      />
      {filter === undefined ? null : <WhatIsTold filter={filter} events={about.events} onChange={setFilter} />}
      <div aria-live="polite">
        {test.error === null ? null : <FailureBox failure={viewOfError(test.error)} />}
        {test.data === undefined ? null : <TestMessage tested={test.data} />}
      </div>
      <FormEnd
        submit={t('common.save')}
        isPending={save.isPending}
        isReady={isReady}
        error={save.error}
        onCancel={onClose}
      >
        {isRefused ? (
          <Button variant="default" onClick={() => save.mutate('keep')}>
            {t('told.keep')}
          </Button>
        ) : null}
        <Button variant="default" loading={test.isPending} disabled={!isReady} onClick={() => test.mutate()}>
          {t('common.test')}
        </Button>
      </FormEnd>
    </Form>
  );
}

/** What became of a test message, step by step. */
export function TestMessage({ tested }: { tested: TestedChannel }) {
  const { t } = useTexts();
  return (
    <Stack gap="xs" mt="sm">
      {tested.failure === undefined ? (
        <Alert color="green" icon={<Icon name="check" />} title={t('alerts.told')} />
      ) : (
        <FailureBox title={t('alerts.notTold')} failure={tested.failure} />
      )}
      <Steps steps={tested.steps} />
    </Stack>
  );
}
