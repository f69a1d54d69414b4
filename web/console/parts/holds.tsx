// What keeps a backup whatever the rules say: seen, begun and ended with a reason, wherever a backup is shown.
import { Alert, Group, Radio, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { HoldsView } from '../../../src/api/schemas/holds.ts';
import type { RunList } from '../../../src/api/schemas/runs.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useMe } from '../app/session.ts';
import { Dialog, Form, FormEnd } from './dialog.tsx';
import { Icon } from './icons.tsx';
import { useJobName } from './job-name.ts';
import { Loaded } from './page.tsx';
import { RowButton } from './row-button.tsx';
import { Status } from './status.tsx';

/** A hold. */
export type Hold = HoldsView['holds'][number];

const hows = ['protected', 'legal'] as const;
type How = (typeof hows)[number];
const reasonLengthMin = 3;

/** All holds, for every place that shows a backup. */
export function useHolds() {
  return useQuery({ queryKey: ['holds'], queryFn: () => api<HoldsView>('GET', '/holds') });
}

/** Says how a hold holds. */
export function HoldStatus({ how }: { how: How }) {
  const { t } = useTexts();
  return <Status tone="good">{t(`holds.${how}`)}</Status>;
}

/** How the copies of one backup are held, and a button that holds them. `copies` are ids of snapshots or `secrets/` and a kit's name. */
export function HoldMark({ copies, of }: { copies: readonly string[]; of: string }) {
  const { t } = useTexts();
  const { mayRun } = useMe();
  const [isHolding, setHolding] = useState(false);
  const held = useHolds().data?.holds.filter(({ copy }) => copies.some((each) => isSame(each, copy))) ?? [];
  const [first] = copies;
  if (first === undefined) return null;
  return (
    <Group gap="xs">
      {hows.map((how) => {
        const hold = held.find((each) => each.how === how);
        return hold === undefined ? null : (
          <span key={how} title={hold.reason}>
            <HoldStatus how={how} />
          </span>
        );
      })}
      {mayRun ? (
        <RowButton of={of} onClick={() => setHolding(true)}>
          {t('holds.protect')}
        </RowButton>
      ) : null}
      {isHolding ? <HoldDialog copy={first} about={of} onClose={() => setHolding(false)} /> : null}
    </Group>
  );
}

// Runs name a snapshot by the first digits of its id, people sometimes by all of them.
function isSame(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

/** Holds a backup: `copy`, which is told as `about`, or one that is chosen in it. */
export function HoldDialog({ copy, about, onClose }: { copy?: string; about?: string; onClose: () => void }) {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const client = useQueryClient();
  const [chosen, setChosen] = useState<string | null>(null);
  const [how, setHow] = useState<How>('protected');
  const [reason, setReason] = useState('');
  const wanted = copy ?? chosen;
  const hold = useMutation({
    mutationFn: () => api('POST', '/holds', { copy: wanted, how, reason }),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  return (
    <Dialog title={t(copy === undefined ? 'holds.add' : 'holds.protectTitle')} onClose={onClose}>
      <Form onSubmit={() => hold.mutate()}>
        {about === undefined ? null : <Text fw={600}>{about}</Text>}
        {copy === undefined ? <RunChoice chosen={chosen} onChoose={setChosen} /> : null}
        <Radio.Group label={t('holds.choose')} value={how} onChange={setHow}>
          <Stack gap="xs" mt={6}>
            {hows.map((each) => (
              <Radio
                key={each}
                value={each}
                label={t(`holds.${each}`)}
                description={t(`holds.howHint.${each}`)}
                disabled={each === 'legal' && !mayChange}
              />
            ))}
          </Stack>
        </Radio.Group>
        <Reason value={reason} onChange={setReason} />
        <FormEnd
          submit={t('holds.submit')}
          isPending={hold.isPending}
          isReady={wanted !== null && reason.trim().length >= reasonLengthMin}
          error={hold.error}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  );
}

function RunChoice({ chosen, onChoose }: { chosen: string | null; onChoose: (run: string | null) => void }) {
  const { t, moment } = useTexts();
  const jobName = useJobName();
  const runs = useQuery({
    queryKey: ['runs', 'to-hold'],
    queryFn: () => api<RunList>('GET', '/runs?limit=500'),
  });
  return (
    <Loaded query={runs} lines={1}>
      {(data) => {
        const made = data.runs.filter(({ results }) => results.some(({ summary }) => summary?.made !== undefined));
        return made.length === 0 ? (
          <Text className="quiet">{t('holds.none')}</Text>
        ) : (
          <Select
            label={t('holds.which')}
            description={t('holds.whichHint')}
            required
            searchable
            data={made.map(({ id, job, startedAt }) => ({
              value: String(id),
              label: `${jobName(job)}, ${moment(startedAt)}`,
            }))}
            value={chosen}
            onChange={onChoose}
          />
        );
      }}
    </Loaded>
  );
}

/** Why it is held, no longer held, or deleted. */
export function Reason({ value, onChange }: { value: string; onChange: (reason: string) => void }) {
  const { t } = useTexts();
  return (
    <TextInput
      label={t('holds.reason')}
      description={t('holds.reasonHint')}
      required
      maxLength={1000}
      value={value}
      autoComplete="off"
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** Ends a hold, and says what may be lost by it. */
export function EndHoldDialog({ hold, about, onClose }: { hold: Hold; about: string; onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const end = useMutation({
    mutationFn: () => api('POST', '/holds/release', { copy: hold.copy, how: hold.how, reason }),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  return (
    <Dialog title={t('holds.endTitle')} onClose={onClose}>
      <Form onSubmit={() => end.mutate()}>
        <Text fw={600}>{about}</Text>
        <Alert color="red" icon={<Icon name="warning" />} title={t('holds.endLoses')} />
        <Reason value={reason} onChange={setReason} />
        <FormEnd
          submit={t('holds.endConfirm')}
          isDangerous
          isPending={end.isPending}
          isReady={reason.trim().length >= reasonLengthMin}
          error={end.error}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  );
}
