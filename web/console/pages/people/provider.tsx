// The identity provider: what is set, whether it answers, and who of its people comes in with which role.
import { Alert, Group, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { providerTested, providerView } from '../../../../src/api/schemas/sign-in-ways.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Fact, Loaded, Section } from '../../parts/page.tsx';
import { RowButton } from '../../parts/row-button.tsx';
import { type FormValues, SchemaForm, configOf, isFilled, valuesOf } from '../../parts/schema-form.tsx';
import { roles } from './roles.ts';

type View = z.infer<typeof providerView>;
type Settings = NonNullable<View['provider']>;

const usual = ['administrators', 'operators', 'auditors', 'custodians', 'clientSecret'];

/** See the head of this file. */
export function Provider() {
  const { t } = useTexts();
  const [shown, setShown] = useState<'change' | 'remove'>();
  const view = useQuery({ queryKey: ['provider'], queryFn: () => api<View>('GET', '/identity-provider') });
  const test = useMutation({
    mutationFn: () => api<z.infer<typeof providerTested>>('POST', '/identity-provider/test', {}),
  });
  const close = (): void => setShown(undefined);
  return (
    <Section id="provider" title={t('provider.title')} lead={t('provider.lead')}>
      <Loaded query={view} lines={1}>
        {({ provider, fields }) => (
          <>
            {provider === undefined ? null : <Facts provider={provider} />}
            <div aria-live="polite">
              {test.error === null ? null : <FailureBox failure={viewOfError(test.error)} />}
              {test.data === undefined ? null : (
                <Alert
                  color="green"
                  icon={<Icon name="check" />}
                  title={t('provider.answers', { place: test.data.signsInAt })}
                />
              )}
            </div>
            <Group gap="xs" mt="sm">
              {provider === undefined ? (
                <RowButton onClick={() => setShown('change')}>{t('provider.add')}</RowButton>
              ) : (
                <>
                  <RowButton isMain loading={test.isPending} onClick={() => test.mutate()} of={t('provider.title')}>
                    {t('common.test')}
                  </RowButton>
                  <RowButton onClick={() => setShown('change')} of={t('provider.title')}>
                    {t('common.edit')}
                  </RowButton>
                  <RowButton onClick={() => setShown('remove')} of={t('provider.title')}>
                    {t('common.remove')}
                  </RowButton>
                </>
              )}
            </Group>
            {shown === 'change' ? (
              <ProviderDialog
                fields={fields}
                {...(provider === undefined ? {} : { provider })}
                onKept={() => test.mutate()}
                onClose={close}
              />
            ) : null}
            {shown === 'remove' ? <RemoveProvider onClose={close} onGone={() => test.reset()} /> : null}
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Facts({ provider }: { provider: Settings }) {
  const { t, list } = useTexts();
  const groupsOf = (role: string): string[] => (provider[`${role}s`] as string[] | undefined) ?? [];
  return (
    <dl className="facts">
      <Fact name={t('provider.button')}>{String(provider['title'])}</Fact>
      <Fact name={t('provider.issuer')}>
        <span className="mono">{String(provider['issuer'])}</span>
      </Fact>
      {roles
        .filter((role) => groupsOf(role).length > 0)
        .map((role) => (
          <Fact key={role} name={t(`role.${role}`)}>
            {list(groupsOf(role))}
          </Fact>
        ))}
    </dl>
  );
}

function ProviderDialog(props: {
  fields: View['fields'];
  provider?: Settings;
  onKept: () => void;
  onClose: () => void;
}) {
  const { t } = useTexts();
  const client = useQueryClient();
  const { fields, provider } = props;
  const [values, setValues] = useState<FormValues>(valuesOf(provider ?? {}));
  const save = useMutation({
    mutationFn: () => api('PUT', '/identity-provider', configOf(fields, values)),
    onSuccess: async () => {
      props.onClose();
      await client.invalidateQueries({ queryKey: ['provider'] });
      props.onKept();
    },
  });
  return (
    <Dialog title={t('provider.title')} size="lg" onClose={props.onClose}>
      <Form onSubmit={() => save.mutate()}>
        <CopyText text={`${location.origin}/api/v1/session/provider/return`} label={t('provider.returnTo')} />
        {provider === undefined ? null : (
          <Text size="sm" className="quiet">
            {t('provider.secretStays')}
          </Text>
        )}
        <SchemaForm fields={fields} values={values} onChange={setValues} shown={usual} />
        <FormEnd
          submit={t('common.save')}
          isPending={save.isPending}
          isReady={isFilled(fields, values)}
          error={save.error}
          onCancel={props.onClose}
        />
      </Form>
    </Dialog>
  );
}

function RemoveProvider({ onClose, onGone }: { onClose: () => void; onGone: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api('DELETE', '/identity-provider'),
    onSuccess: async () => {
      onClose();
      onGone();
      await client.invalidateQueries({ queryKey: ['provider'] });
    },
  });
  return (
    <Confirm
      title={t('provider.removeTitle')}
      confirm={t('provider.removeConfirm')}
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <Text>{t('provider.removeLoses')}</Text>
    </Confirm>
  );
}
