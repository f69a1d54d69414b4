// The first-run wizard: from nothing to a backup that is proved to open. How far it is lies on the server, so that it can be
// left and gone on with, from another machine too.
import { Alert, Button, Card, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { FirstStepName, FirstSteps } from '../../../../src/api/schemas/first-steps.ts';
import { useTexts } from '../../app/i18n.ts';
import { goTo } from '../../app/router.tsx';
import { useMe } from '../../app/session.ts';
import { Icon } from '../../parts/icons.tsx';
import { Loaded, Page } from '../../parts/page.tsx';
import { BackupStep } from './backup-step.tsx';
import { DestinationStep } from './destination-step.tsx';
import { KeyStep } from './key-step.tsx';
import { ProofStep } from './proof-step.tsx';
import { SourcesStep } from './sources-step.tsx';
import { type StepProps, useFirstSteps, useSayFirstStep } from './step.ts';

const firstStepNames: FirstStepName[] = ['key', 'sources', 'destination', 'backup', 'proof'];

const steps: Record<FirstStepName, (props: StepProps) => React.ReactNode> = {
  key: KeyStep,
  sources: SourcesStep,
  destination: DestinationStep,
  backup: BackupStep,
  proof: ProofStep,
};

/** First steps. */
export function FirstStepsPage() {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const state = useFirstSteps();
  const say = useSayFirstStep();
  const leave = (
    <Button
      variant="default"
      loading={say.isPending}
      onClick={() => say.mutate({ isLeft: true }, { onSuccess: () => goTo('/') })}
    >
      {t('firstSteps.later')}
    </Button>
  );
  return (
    <Page title={t('firstSteps.title')} lead={t('firstSteps.lead')} action={mayChange ? leave : undefined}>
      <Loaded query={state}>{(data) => <Steps state={data} />}</Loaded>
    </Page>
  );
}

function Steps({ state }: { state: FirstSteps }) {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const next = firstStepNames.find((name) => !state.done[name]);
  // A step stays until its person goes on, also when it is done meanwhile: what it says at its end is to be read.
  const [shown, setShown] = useState(next);
  const goOn = (name: FirstStepName): void => {
    const at = firstStepNames.indexOf(name);
    const others = [...firstStepNames.slice(at + 1), ...firstStepNames.slice(0, at)];
    setShown(others.find((other) => !state.done[other]));
  };
  return (
    <div className="wizard">
      <ol className="wizard-steps">
        {firstStepNames.map((name, index) => {
          const isDone = state.done[name];
          const look = isDone ? 'done' : name === next ? 'next' : 'ahead';
          return (
            <li key={name} className={`wizard-step wizard-${look}${name === shown ? ' wizard-shown' : ''}`}>
              <button
                type="button"
                disabled={!isDone && name !== next}
                aria-current={name === shown ? 'step' : undefined}
                onClick={() => setShown(name)}
              >
                <span className="wizard-sign">{isDone ? <Icon name="check" size={16} /> : index + 1}</span>
                <span>
                  {t(`firstSteps.steps.${name}`)}
                  <span className="visually-hidden">
                    {isDone ? `, ${t('firstSteps.isDone')}` : name === next ? `, ${t('firstSteps.isNext')}` : ''}
                  </span>
                </span>
              </button>
            </li>
          );
        })}
      </ol>
      <div className="wizard-content">
        {!mayChange ? (
          <Text>{t('firstSteps.onlyAdministrators')}</Text>
        ) : shown === undefined ? (
          <Over />
        ) : (
          <CurrentStep key={shown} name={shown} isDone={state.done[shown]} onDone={() => goOn(shown)} />
        )}
      </div>
    </div>
  );
}

function CurrentStep({ name, ...props }: StepProps & { name: FirstStepName }) {
  const Step = steps[name];
  return (
    <Card withBorder padding="xl">
      <Step {...props} />
    </Card>
  );
}

function Over() {
  const { t } = useTexts();
  return (
    <Stack>
      <Alert color="green" icon={<Icon name="check" />} title={t('firstSteps.over')} role="status">
        {t('firstSteps.overHint')}
      </Alert>
      <Group>
        <Button onClick={() => goTo('/')}>{t('firstSteps.toHome')}</Button>
      </Group>
    </Stack>
  );
}
