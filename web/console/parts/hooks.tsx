// Programs that run before and after each run of the system backup: seen, and edited in the form of the job.
import { ActionIcon, Fieldset, Group, NumberInput, Stack, Text, TextInput, Textarea } from '@mantine/core';
import type { Hook, Hooks } from '../../../src/jobs/hook-fields.ts';
import { useTexts } from '../app/i18n.ts';
import { Icon } from './icons.tsx';
import { RowButton } from './row-button.tsx';

const whens = ['before', 'after'] as const;
const timeoutSeconds = 300;
const hooksMax = 50;

/** True when every program has a whole path. */
export function areHooksFilled(hooks: Hooks): boolean {
  return [...hooks.before, ...hooks.after].every(({ command }) => command.startsWith('/'));
}

/** The hooks of a job in a few lines. */
export function HookList({ hooks }: { hooks: Hooks }) {
  const { t } = useTexts();
  return (
    <>
      {whens.map((when) => (
        <div key={when}>
          {t(`hooks.${when}`)}:{' '}
          {hooks[when].length === 0
            ? t('hooks.none')
            : hooks[when].map(({ command, args }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the same program may run twice.
                <span key={index} className="mono">
                  {index === 0 ? '' : ', '}
                  {[command, ...args].join(' ')}
                </span>
              ))}
        </div>
      ))}
    </>
  );
}

/** Edits them. */
export function HookEditor({ hooks, onChange }: { hooks: Hooks; onChange: (hooks: Hooks) => void }) {
  const { t } = useTexts();
  return (
    <Fieldset legend={t('hooks.title')}>
      <Stack gap="md">
        {whens.map((when) => (
          <Stack key={when} gap="xs" role="group" aria-label={t(`hooks.${when}`)}>
            <div>
              <Text size="sm" fw={600}>
                {t(`hooks.${when}`)}
              </Text>
              <Text size="sm" className="quiet">
                {t(`hooks.${when}Hint`)}
              </Text>
            </div>
            {hooks[when].map((hook, index) => (
              <HookFields
                // biome-ignore lint/suspicious/noArrayIndexKey: a program is its place in the order.
                key={index}
                label={t('hooks.which', { when: t(`hooks.${when}`), number: index + 1 })}
                hook={hook}
                onChange={(next) => onChange({ ...hooks, [when]: hooks[when].with(index, next) })}
                onRemove={() => onChange({ ...hooks, [when]: hooks[when].toSpliced(index, 1) })}
              />
            ))}
            <RowButton
              className="start"
              of={t(`hooks.${when}`)}
              disabled={hooks[when].length >= hooksMax}
              onClick={() =>
                onChange({ ...hooks, [when]: [...hooks[when], { command: '', args: [], timeoutSeconds }] })
              }
            >
              {t('hooks.add')}
            </RowButton>
          </Stack>
        ))}
      </Stack>
    </Fieldset>
  );
}

function HookFields(props: { label: string; hook: Hook; onChange: (hook: Hook) => void; onRemove: () => void }) {
  const { t } = useTexts();
  const { hook, onChange } = props;
  return (
    <Group gap="xs" align="flex-start" role="group" aria-label={props.label}>
      <TextInput
        className="grow mono"
        label={t('hooks.program')}
        description={t('hooks.programHint')}
        required
        placeholder="/usr/bin/systemctl"
        value={hook.command}
        autoComplete="off"
        error={hook.command === '' || hook.command.startsWith('/') ? undefined : t('hooks.programHint')}
        onChange={(event) => onChange({ ...hook, command: event.currentTarget.value })}
      />
      <Textarea
        className="grow mono"
        label={t('hooks.args')}
        description={t('hooks.argsHint')}
        autosize
        minRows={1}
        value={hook.args.join('\n')}
        spellCheck={false}
        onChange={(event) =>
          onChange({ ...hook, args: event.currentTarget.value === '' ? [] : event.currentTarget.value.split('\n') })
        }
      />
      <NumberInput
        w={150}
        label={t('hooks.timeout')}
        min={1}
        max={86_400}
        allowDecimal={false}
        value={hook.timeoutSeconds}
        onChange={(value) => onChange({ ...hook, timeoutSeconds: Number(value) || 1 })}
      />
      <ActionIcon
        variant="default"
        size="lg"
        mt={25}
        aria-label={`${t('hooks.remove')}: ${props.label}`}
        onClick={props.onRemove}
      >
        <Icon name="cross" size={16} />
      </ActionIcon>
    </Group>
  );
}
