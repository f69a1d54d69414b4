// Step one: the recovery key, under a master password that is shown once and typed back from the paper, or in custodians' shares.
import { Alert, Button, Group, PasswordInput, SegmentedControl, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { ceremonyDone, ceremonyStart } from '../../../../src/api/schemas/ceremony.ts';
import type { Recovery } from '../../../../src/api/schemas/recovery.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { CopyText } from '../../parts/copy-text.tsx';
import { Form, FormEnd } from '../../parts/dialog.tsx';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icons.tsx';
import { HandedOut, type Receivers, useReceivers } from '../../parts/receivers.tsx';
import type { StepProps } from './step.ts';

const ways = ['generated', 'own', 'shares'] as const;
type Way = (typeof ways)[number];

/** Makes the recovery key. */
export function KeyStep({ isDone, onDone }: StepProps) {
  const { t } = useTexts();
  const [way, setWay] = useState<Way>('generated');
  const client = useQueryClient();
  // Here and not below: links are still to be read when the key is made.
  const shared = useMutation({
    mutationFn: (custodians: Receivers['value']) =>
      api<z.infer<typeof ceremonyDone>>('POST', '/ceremony', { custodians } satisfies z.input<typeof ceremonyStart>),
    onSuccess: () => client.invalidateQueries(),
    gcTime: 0,
  });
  return (
    <Stack gap="md">
      <Title order={2}>{t('firstSteps.key.title')}</Title>
      <Text>{t('firstSteps.key.about')}</Text>
      {shared.data !== undefined ? (
        <>
          <HandedOut handedOut={shared.data.handedOut} />
          <Text>{t('firstSteps.key.sharesDone')}</Text>
          <Group>
            <Button onClick={onDone}>{t('firstSteps.next')}</Button>
          </Group>
        </>
      ) : isDone ? (
        <Made onDone={onDone} />
      ) : (
        <>
          <SegmentedControl
            aria-label={t('firstSteps.key.password')}
            className="wraps"
            value={way}
            data={ways.map((value) => ({ value, label: t(`firstSteps.key.${value}`) }))}
            onChange={setWay}
          />
          {way === 'own' ? (
            <OwnPassword />
          ) : way === 'generated' ? (
            <GeneratedPassword />
          ) : (
            <CustodiansOnly
              isPending={shared.isPending}
              error={shared.error}
              onHandOut={(custodians) => shared.mutate(custodians)}
            />
          )}
        </>
      )}
    </Stack>
  );
}

function CustodiansOnly(props: {
  isPending: boolean;
  error: Error | null;
  onHandOut: (custodians: Receivers['value']) => void;
}) {
  const { t } = useTexts();
  const receivers = useReceivers([]);
  return (
    <Form onSubmit={() => props.onHandOut(receivers.value)}>
      <Text size="sm" className="quiet">
        {t('firstSteps.key.sharesAbout')}
      </Text>
      {receivers.fields}
      <FormEnd
        submit={t('firstSteps.key.submit')}
        isPending={props.isPending}
        isReady={receivers.isReady}
        error={props.error}
      />
    </Form>
  );
}

function useMakeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (masterPassword: string) => api('POST', '/recovery/first-key', { masterPassword }),
    onSuccess: () => client.invalidateQueries(),
    gcTime: 0,
  });
}

function GeneratedPassword() {
  const { t } = useTexts();
  const [isWritten, setWritten] = useState(false);
  const [typed, setTyped] = useState('');
  // Kept here only, until the key is made: not in the cache of questions.
  const generate = useMutation({
    mutationFn: () => api<{ password: string }>('POST', '/recovery/generated-password', {}),
    gcTime: 0,
    onSuccess: () => {
      setWritten(false);
      setTyped('');
    },
  });
  const make = useMakeKey();
  const password = generate.data?.password;
  if (password === undefined) {
    return (
      <Stack gap="sm">
        <Text size="sm" className="quiet">
          {t('firstSteps.key.generatedHint')}
        </Text>
        {generate.error === null ? null : <FailureBox failure={viewOfError(generate.error)} />}
        <Button className="start" loading={generate.isPending} onClick={() => generate.mutate()}>
          {t('firstSteps.key.make')}
        </Button>
      </Stack>
    );
  }
  if (!isWritten) {
    return (
      <Stack gap="sm">
        <Text fw={600}>{t('firstSteps.key.once')}</Text>
        <p className="shown-once">{password}</p>
        <CopyText text={password} />
        <Button className="start" onClick={() => setWritten(true)}>
          {t('firstSteps.key.written')}
        </Button>
      </Stack>
    );
  }
  const isSame = typed.trim() === password;
  return (
    <Form onSubmit={() => (isSame ? make.mutate(password) : undefined)}>
      <TextInput
        label={t('firstSteps.key.typeBack')}
        description={t('firstSteps.key.typeBackHint')}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        error={typed.length >= password.length && !isSame ? t('firstSteps.key.differs') : undefined}
        autoComplete="off"
        spellCheck={false}
        autoCapitalize="none"
        className="mono"
        data-autofocus
      />
      <FormEnd submit={t('firstSteps.key.submit')} isPending={make.isPending} isReady={isSame} error={make.error}>
        <Button variant="default" loading={generate.isPending} onClick={() => generate.mutate()}>
          {t('firstSteps.key.showAgain')}
        </Button>
      </FormEnd>
    </Form>
  );
}

function OwnPassword() {
  const { t } = useTexts();
  const [password, setPassword] = useState('');
  const [repeat, setRepeat] = useState('');
  const make = useMakeKey();
  const isSame = password !== '' && password === repeat;
  return (
    <Form onSubmit={() => (isSame ? make.mutate(password) : undefined)}>
      <PasswordInput
        label={t('firstSteps.key.password')}
        description={t('firstSteps.key.passwordHint')}
        value={password}
        autoComplete="new-password"
        onChange={(event) => {
          setPassword(event.currentTarget.value);
          make.reset();
        }}
      />
      <PasswordInput
        label={t('firstSteps.key.repeat')}
        value={repeat}
        autoComplete="new-password"
        onChange={(event) => setRepeat(event.currentTarget.value)}
        error={repeat.length >= password.length && repeat !== password ? t('setup.differs') : undefined}
      />
      <FormEnd submit={t('firstSteps.key.submit')} isPending={make.isPending} isReady={isSame} error={make.error} />
    </Form>
  );
}

function Made({ onDone }: { onDone: () => void }) {
  const { t } = useTexts();
  const recovery = useQuery({ queryKey: ['recovery'], queryFn: () => api<Recovery>('GET', '/recovery') });
  const hasPassword = recovery.data?.key?.ways.includes('master-password') ?? true;
  return (
    <>
      <Alert color="green" icon={<Icon name="check" />} title={t('firstSteps.key.made')} role="status">
        {t(hasPassword ? 'firstSteps.key.madeHint' : 'firstSteps.key.madeHintShares', {
          id: recovery.data?.key?.id ?? '',
        })}
      </Alert>
      <Group>
        <Button onClick={onDone}>{t('firstSteps.next')}</Button>
      </Group>
    </>
  );
}
