// Secret sources of the first secrets job: which there are, adding and changing one with a real read first, testing, removing.
import { Alert, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AddedSource, SourceKindsView, SourceView, TestedSourceView } from '../../../src/api/schemas/sources.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useMe } from '../app/session.ts';
import { Confirm } from './confirm.tsx';
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
import { RowButton } from './row-button.tsx';

/** The sources, and a button that adds one. */
export function SourceList() {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const [isAdding, setAdding] = useState(false);
  const sources = useQuery({
    queryKey: ['sources'],
    queryFn: () => api<{ sources: SourceView[] }>('GET', '/sources'),
  });
  return (
    <Loaded query={sources} lines={1}>
      {(data) => (
        <>
          {data.sources.map((source) => (
            <SourceRow key={`${source.job} ${source.name}`} source={source} isOnly={data.sources.length === 1} />
          ))}
          {mayChange ? (
            <RowButton mt="xs" onClick={() => setAdding(true)}>
              {t('firstSteps.sources.add')}
            </RowButton>
          ) : null}
          {isAdding ? <SourceDialog onClose={() => setAdding(false)} /> : null}
        </>
      )}
    </Loaded>
  );
}

function SourceRow({ source, isOnly }: { source: SourceView; isOnly: boolean }) {
  const { t } = useTexts();
  const text = useFieldText();
  const client = useQueryClient();
  const { mayChange, mayRun } = useMe();
  const [isRemoving, setRemoving] = useState(false);
  const [isChanging, setChanging] = useState(false);
  const path = `/jobs/${encodeURIComponent(source.job)}/sources/${encodeURIComponent(source.name)}`;
  const test = useMutation({ mutationFn: () => api<TestedSourceView>('POST', `${path}/test`, {}) });
  const remove = useMutation({
    mutationFn: () => api('DELETE', path),
    onSuccess: async () => {
      setRemoving(false);
      await client.invalidateQueries();
    },
  });
  const settings = Object.entries(source.config)
    .filter(([, value]) => value !== '' && value !== undefined)
    .map(([, value]) => String(value));
  return (
    <div className="gap-row">
      <div>
        <Text fw={600}>{source.name}</Text>
        <Text size="sm" className="quiet">
          {[text(source.kindTitle), ...settings].join(' · ')}
        </Text>
        <div aria-live="polite">
          {test.data === undefined ? null : (
            <Text size="sm" className="tone-good">
              {t('firstSteps.sources.found', { count: test.data.read ?? test.data.held })}
            </Text>
          )}
          {test.error === null ? null : <FailureBox failure={viewOfError(test.error)} />}
        </div>
      </div>
      <Group gap="xs">
        {mayRun ? (
          <RowButton isMain loading={test.isPending} onClick={() => test.mutate()} of={source.name}>
            {t('common.test')}
          </RowButton>
        ) : null}
        {mayChange && source.kind !== 'builtin' ? (
          <RowButton onClick={() => setChanging(true)} of={source.name}>
            {t('common.edit')}
          </RowButton>
        ) : null}
        {mayChange && !isOnly ? (
          <RowButton onClick={() => setRemoving(true)} of={source.name}>
            {t('common.remove')}
          </RowButton>
        ) : null}
      </Group>
      {isChanging ? <SourceDialog edited={source} onClose={() => setChanging(false)} /> : null}
      {isRemoving ? (
        <Confirm
          title={t('firstSteps.sources.removeTitle', { name: source.name })}
          confirm={t('firstSteps.sources.removeConfirm')}
          isPending={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={() => setRemoving(false)}
        >
          <Text>{t('firstSteps.sources.removeLoses')}</Text>
        </Confirm>
      ) : null}
    </div>
  );
}

function SourceDialog(props: { edited?: SourceView; onClose: () => void }) {
  const { t } = useTexts();
  const kinds = useQuery({
    queryKey: ['source-kinds'],
    queryFn: () => api<SourceKindsView>('GET', '/source-kinds'),
    staleTime: Infinity,
  });
  const { edited } = props;
  const title =
    edited === undefined ? t('firstSteps.sources.addTitle') : t('dialog.changeTitle', { name: edited.name });
  return (
    <Dialog title={title} size="lg" onClose={props.onClose}>
      <Loaded query={kinds}>{(data) => <SourceForm kinds={data.kinds} {...props} />}</Loaded>
    </Dialog>
  );
}

function SourceForm(props: { kinds: SourceKindsView['kinds']; edited?: SourceView; onClose: () => void }) {
  const { t } = useTexts();
  const text = useFieldText();
  const client = useQueryClient();
  const { edited } = props;
  const offered = props.kinds.filter(({ kind }) => kind !== 'builtin');
  const [kind, setKind] = useState(edited?.kind ?? offered[0]?.kind ?? '');
  const [name, setName] = useState(edited?.name ?? '');
  const [values, setValues] = useState<FormValues>(valuesOf(edited?.config ?? {}));
  const all = offered.find((each) => each.kind === kind)?.fields ?? [];
  const fields = edited === undefined ? all : fieldsToChange(all, edited, values);
  const config = configOf(fields, values);
  const add = useMutation({
    mutationFn: () =>
      edited === undefined
        ? api<AddedSource>('POST', '/sources', { name, kind, config })
        : api<AddedSource>(
            'PUT',
            `/jobs/${encodeURIComponent(edited.job)}/sources/${encodeURIComponent(edited.name)}`,
            { config },
          ),
    onSuccess: () => client.invalidateQueries(),
  });
  if (add.data !== undefined) {
    const { read, held } = add.data.test;
    return (
      <Stack>
        <Alert
          color="green"
          icon={<Icon name="check" />}
          title={t('firstSteps.sources.found', { count: read ?? held })}
          role="status"
        />
        <Button onClick={props.onClose} data-autofocus>
          {t('dialog.done')}
        </Button>
      </Stack>
    );
  }
  return (
    <Form onSubmit={() => add.mutate()}>
      {edited === undefined ? (
        <>
          <Select
            label={t('firstSteps.sources.kind')}
            data={offered.map((each) => ({ value: each.kind, label: text(each.title) }))}
            value={kind}
            allowDeselect={false}
            onChange={(next) => {
              setKind(next ?? '');
              setValues({});
              add.reset();
            }}
          />
          <TextInput
            label={t('firstSteps.sources.name')}
            description={t('firstSteps.sources.nameHint')}
            required
            value={name}
            autoComplete="off"
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </>
      ) : null}
      <SchemaForm
        key={kind}
        fields={fields}
        values={values}
        onChange={setValues}
        shown={['password', 'keyFile', 'token', ...(edited?.kept ?? [])]}
      />
      <FormEnd
        submit={t(edited === undefined ? 'firstSteps.sources.submit' : 'dialog.submit')}
        isPending={add.isPending}
        isReady={name !== '' && isFilled(fields, values)}
        error={add.error}
        onCancel={props.onClose}
      />
    </Form>
  );
}
