// Editing what one kind of backup protects, where its copies go, and when.
import { Checkbox, NumberInput, Stack, Switch, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { DestinationView } from '../../../src/api/schemas/destinations.ts';
import type { JobChange, JobView, RetentionView } from '../../../src/api/schemas/jobs.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { Dialog, Form, FormEnd } from './dialog.tsx';
import { areHooksFilled, HookEditor } from './hooks.tsx';
import { LossPolicy, type LossPolicyValue } from './loss-policy.tsx';
import { RetentionEditor } from './retention.tsx';
import { ScheduleEditor } from './schedule.tsx';
import { linesOf } from './schema-form.tsx';

/** The dialog of one job. */
export function JobDialog({
  job,
  machineTimeZone,
  onClose,
}: {
  job: JobView;
  machineTimeZone: string;
  onClose: () => void;
}) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [enabled, setEnabled] = useState(job.enabled);
  const [folders, setFolders] = useState(job.folders.join('\n'));
  const [excludes, setExcludes] = useState(job.excludes.join('\n'));
  const [quietSeconds, setQuiet] = useState(job.quietSeconds ?? 0);
  const [destinations, setDestinations] = useState(job.destinations);
  const [lossPolicy, setLossPolicy] = useState<LossPolicyValue>(job);
  const [onChange, setOnChange] = useState(job.onChange ?? true);
  const [hooks, setHooks] = useState(job.hooks ?? { before: [], after: [] });
  const [schedule, setSchedule] = useState(job.schedule);
  const [retention, setRetention] = useState<RetentionView>(job.retention ?? {});
  const [timeZone, setTimeZone] = useState(job.timeZone ?? '');
  const places = useQuery({
    queryKey: ['destinations'],
    queryFn: () => api<{ destinations: DestinationView[] }>('GET', '/destinations'),
  });
  const save = useMutation({
    mutationFn: () =>
      api('PUT', `/jobs/${encodeURIComponent(job.name)}`, {
        enabled,
        destinations,
        schedule,
        timeZone: timeZone === '' ? null : timeZone,
        retention: Object.keys(retention).length === 0 ? null : retention,
        whenLost: lossPolicy.whenLost,
        waitMinutes: lossPolicy.waitMinutes,
        ...(job.kind === 'secrets' ? { onChange } : { folders: linesOf(folders) }),
        ...(job.kind === 'system' ? { excludes: linesOf(excludes), hooks } : {}),
        ...(job.kind === 'recordings' ? { quietSeconds } : {}),
      } satisfies JobChange),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  const kind = t(`kind.${job.kind}`);
  return (
    <Dialog title={t('settings.editTitle', { kind })} size="lg" onClose={onClose}>
      <Form onSubmit={() => save.mutate()}>
        <Switch
          label={t(`settings.enabled.${job.kind}`)}
          checked={enabled}
          onChange={(event) => setEnabled(event.currentTarget.checked)}
          data-autofocus
        />
        {job.kind === 'secrets' ? null : (
          <Textarea
            label={t('settings.folders')}
            description={t('settings.foldersHint')}
            autosize
            minRows={2}
            value={folders}
            onChange={(event) => setFolders(event.currentTarget.value)}
            spellCheck={false}
          />
        )}
        {job.kind === 'system' ? (
          <Textarea
            label={t('settings.excludes')}
            description={t('settings.excludesHint')}
            autosize
            minRows={2}
            value={excludes}
            onChange={(event) => setExcludes(event.currentTarget.value)}
            spellCheck={false}
          />
        ) : null}
        {job.kind === 'recordings' ? (
          <NumberInput
            label={t('settings.quiet')}
            min={0}
            max={86_400}
            allowDecimal={false}
            value={quietSeconds}
            onChange={(value) => setQuiet(Number(value) || 0)}
          />
        ) : null}
        <Checkbox.Group label={t('settings.destinations')} value={destinations} onChange={setDestinations}>
          <Stack gap={6} mt={6}>
            {(places.data?.destinations ?? []).map(({ name, location }) => (
              <Checkbox key={name} value={name} label={name} description={location} />
            ))}
            {places.data?.destinations.length === 0 ? (
              <Text size="sm" className="quiet">
                {t('settings.emptyHint')}
              </Text>
            ) : null}
          </Stack>
        </Checkbox.Group>
        <LossPolicy value={lossPolicy} onChange={setLossPolicy} />
        {job.kind === 'secrets' ? (
          <Switch
            label={t('settings.onChange')}
            checked={onChange}
            onChange={(event) => setOnChange(event.currentTarget.checked)}
          />
        ) : null}
        <ScheduleEditor
          schedule={schedule}
          timeZone={timeZone}
          machineTimeZone={machineTimeZone}
          onChange={(nextSchedule, nextZone) => {
            setSchedule(nextSchedule);
            setTimeZone(nextZone);
          }}
        />
        {job.kind === 'system' ? <HookEditor hooks={hooks} onChange={setHooks} /> : null}
        <RetentionEditor retention={retention} onChange={setRetention} />
        <FormEnd
          submit={t('common.save')}
          isPending={save.isPending}
          isReady={areHooksFilled(hooks)}
          error={save.error}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  );
}
