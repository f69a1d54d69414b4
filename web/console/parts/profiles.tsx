// What the system backup takes consistently: the profiles of a job, those that this machine needs, and the form of each.
import { Alert, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { JobView, ProfileView } from '../../../src/api/schemas/jobs.ts';
import type { FoundProfilesView, ProfileKindsView } from '../../../src/api/schemas/profiles.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useMe } from '../app/session.ts';
import { Confirm } from './confirm.tsx';
import { Dialog, Form, FormEnd } from './dialog.tsx';
import { Icon } from './icons.tsx';
import { Loaded } from './page.tsx';
import { RowButton } from './row-button.tsx';
import { type FormValues, SchemaForm, configOf, isFilled, useFieldText, valuesOf } from './schema-form.tsx';
import { Status } from './status.tsx';

type Kind = ProfileKindsView['kinds'][number];

/** The profiles of a job, with what adds and removes them. */
export function Profiles({ job }: { job: JobView }) {
  const { t } = useTexts();
  const text = useFieldText();
  const { mayChange } = useMe();
  const [isAdding, setAdding] = useState(false);
  const [removed, setRemoved] = useState<ProfileView>();
  return (
    <Stack gap={6}>
      {job.profiles.length === 0 ? <Text size="sm">{t('profiles.none')}</Text> : null}
      {job.profiles.map((profile) => (
        <Group key={profile.name} justify="space-between" gap="xs" wrap="nowrap">
          <div>
            <Text size="sm" fw={600}>
              {text(profile.title)}
              {profile.name === profile.kind ? '' : ` (${profile.name})`}
            </Text>
            {profile.missing.length === 0 ? null : (
              <Text size="sm" className="tone-warn">
                {t('profiles.missing', { kinds: profile.missing.join(', ') })}
              </Text>
            )}
          </div>
          {mayChange ? (
            <RowButton of={text(profile.title)} onClick={() => setRemoved(profile)}>
              {t('common.remove')}
            </RowButton>
          ) : null}
        </Group>
      ))}
      {mayChange ? (
        <RowButton className="start" onClick={() => setAdding(true)}>
          {t('profiles.detect')}
        </RowButton>
      ) : null}
      {isAdding ? <ProfileDialog job={job} onClose={() => setAdding(false)} /> : null}
      {removed === undefined ? null : (
        <RemoveProfile job={job} profile={removed} onClose={() => setRemoved(undefined)} />
      )}
    </Stack>
  );
}

function RemoveProfile({ job, profile, onClose }: { job: JobView; profile: ProfileView; onClose: () => void }) {
  const { t } = useTexts();
  const text = useFieldText();
  const client = useQueryClient();
  const path = `/jobs/${encodeURIComponent(job.name)}/profiles/${encodeURIComponent(profile.name)}`;
  const remove = useMutation({
    mutationFn: () => api('DELETE', path),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  return (
    <Confirm
      title={t('profiles.removeTitle', { name: text(profile.title) })}
      confirm={t('profiles.removeConfirm')}
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <Text>{t('profiles.removeLoses')}</Text>
    </Confirm>
  );
}

function ProfileDialog({ job, onClose }: { job: JobView; onClose: () => void }) {
  const { t } = useTexts();
  const text = useFieldText();
  const [chosen, setChosen] = useState<Kind>();
  const kinds = useQuery({
    queryKey: ['profile-kinds'],
    queryFn: () => api<ProfileKindsView>('GET', '/profile-kinds'),
    staleTime: Infinity,
  });
  const found = useQuery({
    queryKey: ['profiles-found'],
    queryFn: () => api<FoundProfilesView>('POST', '/profile-kinds/detect', {}),
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
  const configs = new Map(found.data?.found.map(({ kind, config }) => [kind, config]));
  const title = chosen === undefined ? t('profiles.dialogTitle') : t('profiles.setUp', { title: text(chosen.title) });
  return (
    <Dialog title={title} size="lg" onClose={onClose}>
      <Loaded query={kinds}>
        {(data) =>
          chosen === undefined ? (
            <Loaded query={found} lines={2}>
              {() => <Choice kinds={data.kinds} found={new Set(configs.keys())} job={job} onChoose={setChosen} />}
            </Loaded>
          ) : (
            <ProfileForm
              job={job}
              kind={chosen}
              found={configs.get(chosen.kind) ?? {}}
              onBack={() => setChosen(undefined)}
            />
          )
        }
      </Loaded>
    </Dialog>
  );
}

function Choice(props: { kinds: Kind[]; found: Set<string>; job: JobView; onChoose: (kind: Kind) => void }) {
  const { t, language } = useTexts();
  const text = useFieldText();
  const has = new Set(props.job.profiles.map(({ kind }) => kind));
  const groups = [
    { title: t('profiles.found'), kinds: props.kinds.filter(({ kind }) => props.found.has(kind)) },
    { title: t('profiles.notFound'), kinds: props.kinds.filter(({ kind }) => !props.found.has(kind)) },
  ];
  const isAllTaken = [...props.found].every((kind) => has.has(kind));
  return (
    <Stack gap="md">
      {isAllTaken ? (
        <Alert color="green" icon={<Icon name="check" />} title={t('profiles.nothingFound')} role="status" />
      ) : null}
      {groups.map(({ title, kinds }) =>
        kinds.length === 0 ? null : (
          <section key={title} aria-label={title}>
            <Title order={3}>{title}</Title>
            {kinds.map((kind) => (
              <div key={kind.kind} className="gap-row">
                <div>
                  <Text fw={600}>{text(kind.title)}</Text>
                  <Text size="sm" className="quiet">
                    {kind.about.takes[language]}
                  </Text>
                </div>
                <Group gap="xs">
                  {has.has(kind.kind) ? <Status tone="good">{t('profiles.has')}</Status> : null}
                  <RowButton
                    isMain={props.found.has(kind.kind) && !has.has(kind.kind)}
                    of={text(kind.title)}
                    onClick={() => props.onChoose(kind)}
                  >
                    {t('profiles.take')}
                  </RowButton>
                </Group>
              </div>
            ))}
          </section>
        ),
      )}
    </Stack>
  );
}

function ProfileForm(props: { job: JobView; kind: Kind; found: Record<string, unknown>; onBack: () => void }) {
  const { t, language } = useTexts();
  const client = useQueryClient();
  const { job, kind } = props;
  const isTaken = job.profiles.some(({ name }) => name === kind.kind);
  const [name, setName] = useState(isTaken ? `${kind.kind}-2` : kind.kind);
  const [values, setValues] = useState<FormValues>(valuesOf(props.found));
  const add = useMutation({
    mutationFn: () =>
      api('POST', `/jobs/${encodeURIComponent(job.name)}/profiles`, {
        name,
        kind: kind.kind,
        config: configOf(kind.fields, values),
      }),
    onSuccess: async () => {
      await client.invalidateQueries();
      props.onBack();
    },
  });
  return (
    <Form onSubmit={() => add.mutate()}>
      <dl className="facts">
        {(['takes', 'consistent', 'back'] as const).map((what) => (
          <div className="fact" key={what}>
            <dt>{t(`profiles.${what}`)}</dt>
            <dd>{kind.about[what][language]}</dd>
          </div>
        ))}
      </dl>
      <SchemaForm fields={kind.fields} values={values} onChange={setValues} />
      <TextInput
        label={t('profiles.name')}
        description={t('profiles.nameHint')}
        required
        value={name}
        autoComplete="off"
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <FormEnd
        submit={t('profiles.take')}
        isPending={add.isPending}
        isReady={name !== '' && isFilled(kind.fields, values)}
        error={add.error}
      >
        <Button variant="default" onClick={props.onBack}>
          {t('common.back')}
        </Button>
      </FormEnd>
    </Form>
  );
}
