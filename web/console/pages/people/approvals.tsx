// Four eyes: what waits for a second administrator, and the rules.
import { Button, Group, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { ApprovalView, approvalList } from '../../../../src/api/schemas/approvals.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useMe } from '../../app/session.ts';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { Loaded, Section } from '../../parts/page.tsx';
import { Status } from '../../parts/status.tsx';
import { RowButton } from '../../parts/row-button.tsx';
import { useApprovalText } from './approval-text.ts';

/** See the head of this file. */
export function Approvals() {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const client = useQueryClient();
  const approvals = useQuery({
    queryKey: ['approvals'],
    queryFn: () => api<z.infer<typeof approvalList>>('GET', '/approvals'),
  });
  const rules = useMutation({
    mutationFn: (next: z.infer<typeof approvalList>['rules']) => api('PUT', '/approvals/rules', next),
    onSettled: () => client.invalidateQueries({ queryKey: ['approvals'] }),
  });
  return (
    <Section id="approvals" title={t('people.approvals')} lead={t('people.approvalsLead')}>
      <Loaded query={approvals} lines={1}>
        {(data) => (
          <Stack gap="sm">
            <Switch
              label={t('people.fourEyes')}
              description={data.rules.actions
                .filter((action) => action !== 'recording.view')
                .map((action) => t(`people.actions.${action}`))
                .join(', ')}
              checked={data.rules.isOn}
              disabled={!mayChange}
              onChange={(event) => rules.mutate({ ...data.rules, isOn: event.currentTarget.checked })}
            />
            <Switch
              label={t('people.fourEyesRecordings')}
              description={t('people.fourEyesRecordingsHint', { hours: data.rules.viewHours })}
              checked={data.rules.isOn && data.rules.actions.includes('recording.view')}
              disabled={!mayChange || !data.rules.isOn}
              onChange={(event) => {
                const others = data.rules.actions.filter((action) => action !== 'recording.view');
                const actions = event.currentTarget.checked ? [...others, 'recording.view' as const] : others;
                rules.mutate({ ...data.rules, actions });
              }}
            />
            {rules.error === null ? null : <FailureBox failure={viewOfError(rules.error)} />}
            {data.approvals.length === 0 ? (
              <Text size="sm" className="quiet">
                {t('people.noApprovals')}
              </Text>
            ) : (
              data.approvals.slice(0, 50).map((approval) => <Approval key={approval.id} approval={approval} />)
            )}
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}

function Approval({ approval }: { approval: ApprovalView }) {
  const { t, relative } = useTexts();
  const { mayChange, name } = useMe();
  const { subject, detail } = useApprovalText()(approval);
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const decide = useMutation({
    mutationFn: (what: 'approve' | 'refuse') => api('POST', `/approvals/${approval.id}/${what}`, { reason }),
    onSettled: () => client.invalidateQueries({ queryKey: ['approvals'] }),
  });
  const mayDecide = mayChange && approval.state === 'waiting' && approval.askedBy !== name;
  const tone = approval.state === 'waiting' ? 'warn' : approval.state === 'refused' ? 'bad' : 'quiet';
  return (
    <div className="gap-row">
      <div>
        <Group gap="xs">
          <Text fw={600}>
            {t(`people.actions.${approval.action}`)}: {subject}
          </Text>
          <Status tone={tone}>{t(`people.states.${approval.state}`)}</Status>
        </Group>
        <Text size="sm" className="scrolls">
          {detail}
        </Text>
        <Text size="sm" className="quiet">
          {t('people.askedBy', { name: approval.askedBy, when: relative(approval.askedAt) })}
          {approval.decidedBy === undefined ? '' : ` · ${approval.decidedBy}: ${approval.reason ?? ''}`}
        </Text>
        {decide.error === null ? null : <FailureBox failure={viewOfError(decide.error)} />}
      </div>
      {mayDecide ? (
        <Group gap="xs" align="flex-end">
          <TextInput
            size="xs"
            label={t('people.reason')}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Button size="xs" disabled={reason.trim().length < 3} onClick={() => decide.mutate('approve')}>
            {t('people.approve')}
          </Button>
          <RowButton disabled={reason.trim().length < 3} onClick={() => decide.mutate('refuse')}>
            {t('people.refuse')}
          </RowButton>
        </Group>
      ) : null}
    </div>
  );
}
