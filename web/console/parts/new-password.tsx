// A new master password: made by chance and shown once, one's own, or none where custodians hold shares.
import { PasswordInput, SegmentedControl, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTexts } from '../app/i18n.ts';
import { CopyText } from './copy-text.tsx';

type How = 'generated' | 'own' | 'none';

/** The fields, and what the API gets: nothing when there is to be no password. */
export interface NewPassword {
  fields: ReactNode;
  isReady: boolean;
  value: { masterPassword: string } | { generate: true } | undefined;
}

/** Asks for it. `mayBeNone`: custodians hold the key, so that it may have no password. */
export function useNewPassword({ mayBeNone = false }: { mayBeNone?: boolean } = {}): NewPassword {
  const { t } = useTexts();
  const [chosen, setChosen] = useState<How>('generated');
  const [password, setPassword] = useState('');
  const [repeat, setRepeat] = useState('');
  const how = chosen === 'none' && !mayBeNone ? 'generated' : chosen;
  const hows: How[] = mayBeNone ? ['generated', 'own', 'none'] : ['generated', 'own'];
  const labels = {
    generated: t('firstSteps.key.generated'),
    own: t('firstSteps.key.own'),
    none: t('newPassword.none'),
  };
  const fields = (
    <Stack gap="sm" role="group" aria-label={t('newPassword.how')}>
      <div>
        <Text size="sm" fw={500} mb={4}>
          {t('newPassword.how')}
        </Text>
        <SegmentedControl
          fullWidth
          aria-label={t('newPassword.how')}
          className="wraps"
          value={how}
          data={hows.map((value) => ({ value, label: labels[value] }))}
          onChange={setChosen}
        />
      </div>
      {how === 'own' ? (
        <>
          <PasswordInput
            label={t('firstSteps.key.password')}
            description={t('firstSteps.key.passwordHint')}
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('firstSteps.key.repeat')}
            autoComplete="new-password"
            value={repeat}
            onChange={(event) => setRepeat(event.currentTarget.value)}
          />
        </>
      ) : null}
    </Stack>
  );
  return {
    fields,
    isReady: how !== 'own' || (password !== '' && password === repeat),
    value: how === 'none' ? undefined : how === 'own' ? { masterPassword: password } : { generate: true },
  };
}

/** A password that is shown this once. */
export function ShownOnce({ password }: { password: string }) {
  const { t } = useTexts();
  return (
    <>
      <Text fw={600}>{t('firstSteps.key.once')}</Text>
      <p className="shown-once">{password}</p>
      <CopyText text={password} />
    </>
  );
}
