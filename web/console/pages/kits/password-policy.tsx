// What passwords in the vault should be like.
import { Checkbox, Group, NumberInput, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { PasswordPolicyView } from '../../../../src/api/schemas/kits.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { Loaded } from '../../parts/page.tsx';

const path = '/settings/password-policy';
const classes: PasswordPolicyView['classes'] = ['lower', 'upper', 'digits', 'symbols'];

/** Changes the policy. */
export function PasswordPolicyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const policy = useQuery({ queryKey: ['password-policy'], queryFn: () => api<PasswordPolicyView>('GET', path) });
  return (
    <Dialog title={t('compliance.policy')} onClose={onClose}>
      <Loaded query={policy}>{(data) => <PolicyForm before={data} onClose={onClose} />}</Loaded>
    </Dialog>
  );
}

function PolicyForm({ before, onClose }: { before: PasswordPolicyView; onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [policy, setPolicy] = useState(before);
  const set = (change: Partial<PasswordPolicyView>): void => setPolicy({ ...policy, ...change });
  const save = useMutation({
    mutationFn: () => api('PUT', path, policy),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  return (
    <Form onSubmit={() => save.mutate()}>
      <Text size="sm" className="quiet">
        {t('compliance.policyLead')}
      </Text>
      <NumberInput
        label={t('compliance.minimumLength')}
        min={1}
        max={1024}
        allowDecimal={false}
        value={policy.minimumLength}
        onChange={(value) => set({ minimumLength: Number(value) || 1 })}
      />
      <NumberInput
        label={t('compliance.minimumBits')}
        description={t('compliance.minimumBitsHint')}
        min={0}
        max={200}
        allowDecimal={false}
        value={policy.minimumBits}
        onChange={(value) => set({ minimumBits: Number(value) || 0 })}
      />
      <Checkbox.Group
        label={t('compliance.classes')}
        value={policy.classes}
        onChange={(chosen) => set({ classes: classes.filter((each) => chosen.includes(each)) })}
      >
        <Group gap="md" mt={6}>
          {classes.map((each) => (
            <Checkbox key={each} value={each} label={t(`compliance.classNames.${each}`)} />
          ))}
        </Group>
      </Checkbox.Group>
      <Checkbox
        label={t('compliance.refuseUserName')}
        checked={policy.refuseUserName}
        onChange={(event) => set({ refuseUserName: event.currentTarget.checked })}
      />
      <Checkbox
        label={t('compliance.refuseReuse')}
        checked={policy.refuseReuse}
        onChange={(event) => set({ refuseReuse: event.currentTarget.checked })}
      />
      <NumberInput
        label={t('compliance.maximumAgeDays')}
        description={t('compliance.maximumAgeHint')}
        min={1}
        max={36_500}
        allowDecimal={false}
        value={policy.maximumAgeDays ?? ''}
        onChange={(value) => {
          const { maximumAgeDays: _, ...rest } = policy;
          setPolicy(value === '' ? rest : { ...rest, maximumAgeDays: Number(value) });
        }}
      />
      <FormEnd submit={t('common.save')} isPending={save.isPending} error={save.error} onCancel={onClose} />
    </Form>
  );
}
