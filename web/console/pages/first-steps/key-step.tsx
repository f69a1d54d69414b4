// Step one: the recovery key under a master password, which is shown once and typed back from the paper.
import { Alert, Button, Group, PasswordInput, SegmentedControl, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Recovery } from '../../../../src/api/schemas/recovery.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { CopyText } from '../../parts/copy-text.tsx';
import { Form, FormEnd } from '../../parts/dialog.tsx';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icons.tsx';
import type { StepProps } from './step.ts';

/** Makes the recovery key. */
export function KeyStep({ isDone, onDone }: StepProps) {
  const { t } = useTexts();
  const [isOwn, setOwn] = useState(false);
  return (
    <Stack gap="md">
      <Title order={2}>{t('firstSteps.key.title')}</Title>
      <Text>{t('firstSteps.key.about')}</Text>
      {isDone ? (
        <Made onDone={onDone} />
      ) : (
        <>
          <SegmentedControl
            aria-label={t('firstSteps.key.password')}
            value={isOwn ? 'own' : 'generated'}
            data={[
              { value: 'generated', label: t('firstSteps.key.generated') },
              { value: 'own', label: t('firstSteps.key.own') },
            ]}
            onChange={(value) => setOwn(value === 'own')}
          />
          {isOwn ? <OwnPassword /> : <GeneratedPassword />}
        </>
      )}
    </Stack>
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
  return (
    <>
      <Alert color="green" icon={<Icon name="check" />} title={t('firstSteps.key.made')} role="status">
        {t('firstSteps.key.madeHint', { id: recovery.data?.key?.id ?? '' })}
      </Alert>
      <Group>
        <Button onClick={onDone}>{t('firstSteps.next')}</Button>
      </Group>
    </>
  );
}
