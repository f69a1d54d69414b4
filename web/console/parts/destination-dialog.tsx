// Adding a destination: its kind, its fields, letting Orbit in, and a real test before it is kept.
import { Alert, Button, Checkbox, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type {
  AddedDestination,
  DestinationChangeInput,
  DestinationKindView,
  DestinationView,
  NewDestinationInput,
} from '../../../src/api/schemas/destinations.ts';
import type { JobView } from '../../../src/api/schemas/jobs.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { Dialog } from './dialog.tsx';
import { FailureBox, viewOfError } from './failure.tsx';
import { Icon } from './icons.tsx';
import { Loaded } from './page.tsx';
import { ProbeResult } from './probe-result.tsx';
import {
  type FormValues,
  SchemaForm,
  configOf,
  fieldsToChange,
  isFilled,
  useFieldText,
  valuesOf,
} from './schema-form.tsx';
import { Identity, LetIn } from './ssh-access.tsx';

const kindsWithWords = ['folder', 'cifs', 'nfs', 'smb', 'rsync', 'sftp', 's3'] as const;

/** The dialog. `onClose` is called when it is over, kept or not. */
export function DestinationDialog({ jobs, onClose }: { jobs: JobView[]; onClose: () => void }) {
  const { t } = useTexts();
  return (
    <Dialog title={t('dialog.title')} size="lg" onClose={onClose}>
      <AddDestination jobs={jobs} onClose={onClose} />
    </Dialog>
  );
}

/** The dialog that changes the settings of a destination. */
export function ChangeDestinationDialog({ place, onClose }: { place: DestinationView; onClose: () => void }) {
  const { t } = useTexts();
  return (
    <Dialog title={t('dialog.changeTitle', { name: place.name })} size="lg" onClose={onClose}>
      <AddDestination jobs={[]} edited={place} onClose={onClose} />
    </Dialog>
  );
}

/** The form, wherever it stands; with `edited` it changes that one. */
export function AddDestination(props: { jobs: JobView[]; edited?: DestinationView; onClose: () => void }) {
  const kinds = useQuery({
    queryKey: ['destination-kinds'],
    queryFn: () => api<{ kinds: DestinationKindView[] }>('GET', '/destination-kinds'),
    staleTime: Infinity,
  });
  return <Loaded query={kinds}>{(data) => <DestinationForm kinds={data.kinds} {...props} />}</Loaded>;
}

function DestinationForm(props: {
  kinds: DestinationKindView[];
  jobs: JobView[];
  edited?: DestinationView;
  onClose: () => void;
}) {
  const { t } = useTexts();
  const text = useFieldText();
  const client = useQueryClient();
  const { edited } = props;
  const [kindName, setKindName] = useState(edited?.kind ?? props.kinds[0]?.kind ?? '');
  const [name, setName] = useState(edited?.name ?? '');
  const [values, setValues] = useState<FormValues>(valuesOf(edited?.config ?? {}));
  const [hostKey, setHostKey] = useState<string>();
  const [jobs, setJobs] = useState(props.jobs.filter(({ enabled }) => enabled).map((job) => job.name));
  const kind = props.kinds.find((each) => each.kind === kindName);
  const fields = kind?.fields ?? [];
  const kept = fields.filter(({ isSecret }) => isSecret).map((field) => field.name);
  const asked = edited === undefined ? fields : fieldsToChange(fields, { config: edited.config, kept }, values);
  const config = configOf(fields, values);
  const add = useMutation({
    mutationFn: (ifNotUsable: 'discard' | 'keep') =>
      edited === undefined
        ? api<AddedDestination>('POST', '/destinations', {
            name,
            kind: kindName,
            config,
            jobs,
            ifNotUsable,
            ...(hostKey === undefined ? {} : { hostKey }),
          } satisfies NewDestinationInput)
        : api<AddedDestination>('PUT', `/destinations/${encodeURIComponent(edited.name)}`, {
            config,
            ifNotUsable,
            ...(hostKey === undefined ? {} : { hostKey }),
          } satisfies DestinationChangeInput),
    onSuccess: () => client.invalidateQueries(),
  });
  const change = (next: FormValues): void => {
    // Another server is another identity.
    if (next['host'] !== values['host'] || next['port'] !== values['port']) setHostKey(undefined);
    setValues(next);
    add.reset();
  };
  const result = add.data;
  if (result?.isKept === true) {
    return (
      <Stack>
        <Alert
          color={result.probe.isUsable ? 'green' : 'yellow'}
          icon={<Icon name={result.probe.isUsable ? 'check' : 'warning'} />}
          title={t(result.probe.isUsable ? 'dialog.kept' : 'dialog.keptUntested', { name })}
          role="status"
        />
        <ProbeResult probe={result.probe} />
        <Button onClick={props.onClose} data-autofocus>
          {t('dialog.done')}
        </Button>
      </Stack>
    );
  }
  // The identity of the same server stays as it was.
  const isSameServer =
    edited !== undefined &&
    ['host', 'port'].every((field) => String(edited.config[field] ?? '') === String(values[field] ?? ''));
  const isKnown = kind?.isSsh !== true || isSameServer || hostKey !== undefined;
  const isReady = name !== '' && isFilled(asked, values) && isKnown;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) add.mutate('discard');
      }}
    >
      <Stack gap="md">
        {edited === undefined ? (
          <>
            <Radio.Group
              label={t('dialog.kind')}
              value={kindName}
              onChange={(next) => {
                setKindName(next);
                setValues({});
                setHostKey(undefined);
                add.reset();
              }}
            >
              <Stack gap={8} mt={6}>
                {props.kinds.map(({ kind: value, title }) => {
                  const about = kindsWithWords.find((each) => each === value);
                  return (
                    <Radio.Card key={value} value={value} p="sm" radius="md" aria-label={text(title)}>
                      <Group wrap="nowrap" gap="sm" align="flex-start">
                        <Radio.Indicator />
                        <div>
                          <Text fw={600} size="sm">
                            {text(title)}
                          </Text>
                          {about === undefined ? null : (
                            <Text size="xs" className="quiet">
                              {t(`dialog.kinds.${about}`)}
                            </Text>
                          )}
                        </div>
                      </Group>
                    </Radio.Card>
                  );
                })}
              </Stack>
            </Radio.Group>
            <TextInput
              label={t('dialog.name')}
              description={t('dialog.nameHint')}
              required
              value={name}
              autoComplete="off"
              onChange={(event) => {
                setName(event.currentTarget.value);
                add.reset();
              }}
            />
          </>
        ) : (
          <Text size="sm" className="quiet">
            {t('dialog.changeHint')}
          </Text>
        )}
        <SchemaForm
          key={kindName}
          fields={asked}
          values={values}
          onChange={change}
          hidden={['restricted']}
          shown={['port', 'prefix', 'region', 'onMount', 'domain']}
        />
        {kind?.isSsh === true ? (
          <>
            <LetIn kind={kind} config={config} values={values} onChange={change} isFilled={isFilled(fields, values)} />
            {isSameServer ? null : (
              <Identity
                kind={kind}
                config={config}
                isFilled={isFilled(fields, values)}
                hostKey={hostKey}
                onConfirm={setHostKey}
              />
            )}
          </>
        ) : null}
        {edited === undefined ? (
          <Checkbox.Group label={t('dialog.jobs')} value={jobs} onChange={setJobs}>
            <Group mt={6}>
              {props.jobs.map((job) => (
                <Checkbox key={job.name} value={job.name} label={t(`kind.${job.kind}`)} />
              ))}
            </Group>
          </Checkbox.Group>
        ) : null}
        {add.isPending ? (
          <Text role="status" className="quiet" size="sm">
            {t('dialog.testing')} …
          </Text>
        ) : null}
        {add.error === null ? null : <FailureBox failure={viewOfError(add.error)} />}
        {result === undefined ? null : (
          <Stack gap="xs">
            <Text fw={600}>{t('dialog.notKept')}</Text>
            <ProbeResult probe={result.probe} />
          </Stack>
        )}
        <Group justify="flex-end">
          {result === undefined ? null : (
            <Button variant="default" loading={add.isPending} onClick={() => add.mutate('keep')}>
              {t('dialog.keep')}
            </Button>
          )}
          <Button variant="default" onClick={props.onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={add.isPending} disabled={!isReady}>
            {t('dialog.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
