// Who gets a share, how many open the key; and afterwards the links and sealed files, which are shown once.
import { Alert, Anchor, Group, NumberInput, Select, Stack, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { z } from 'zod';
import type { CeremonyView, ceremonyDone, splitInput } from '../../../src/api/schemas/ceremony.ts';
import { languages, useTexts } from '../app/i18n.ts';
import { CopyText } from './copy-text.tsx';
import { Icon } from './icons.tsx';
import { RowButton } from './row-button.tsx';

interface Person {
  name: string;
  contact: string;
  language: 'en' | 'pt';
  recipient: string;
}

const peopleMax = 16;

/** The fields, and what the API gets. */
export interface Receivers {
  fields: ReactNode;
  isReady: boolean;
  value: Pick<z.input<typeof splitInput>, 'receivers' | 'threshold'>;
}

/** Asks for them. `known` are custodians that were named before. */
export function useReceivers(known: CeremonyView['custodians']): Receivers {
  const { t, language } = useTexts();
  const nobody = (): Person => ({ name: '', contact: '', language, recipient: '' });
  const [people, setPeople] = useState<Person[]>(
    known.length >= 2
      ? known.map(({ name, contact, language: own, recipient = '' }) => ({ name, contact, language: own, recipient }))
      : [nobody(), nobody(), nobody()],
  );
  const [threshold, setThreshold] = useState(2);
  const named = people.filter(({ name }) => name.trim() !== '');
  const change = (index: number, part: Partial<Person>): void =>
    setPeople(people.map((person, at) => (at === index ? { ...person, ...part } : person)));
  const fields = (
    <>
      {people.map((person, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name of their own until one is typed.
        <Group key={index} gap="xs" align="flex-end" className="receiver">
          <TextInput
            className="grow"
            label={t('custody.nameOf', { number: index + 1 })}
            value={person.name}
            autoComplete="off"
            onChange={(event) => change(index, { name: event.currentTarget.value })}
          />
          <TextInput
            className="grow"
            label={t('custody.contact')}
            value={person.contact}
            autoComplete="off"
            onChange={(event) => change(index, { contact: event.currentTarget.value })}
          />
          <TextInput
            className="grow"
            label={t('custody.ownKey')}
            placeholder="age1… / ssh-ed25519 …"
            value={person.recipient}
            autoComplete="off"
            onChange={(event) => change(index, { recipient: event.currentTarget.value.trim() })}
          />
          <Select
            w={130}
            label={t('nav.language')}
            data={languages.map(({ code, name }) => ({ value: code, label: name }))}
            value={person.language}
            allowDeselect={false}
            onChange={(value) => change(index, { language: value === 'pt' ? 'pt' : 'en' })}
          />
        </Group>
      ))}
      <RowButton
        className="start"
        disabled={people.length >= peopleMax}
        onClick={() => setPeople([...people, nobody()])}
      >
        {t('custody.another')}
      </RowButton>
      <NumberInput
        label={t('custody.threshold')}
        description={t('custody.thresholdHint', { count: named.length })}
        min={2}
        max={Math.max(2, named.length)}
        allowDecimal={false}
        maw={260}
        value={threshold}
        onChange={(value) => setThreshold(Number(value) || 2)}
      />
    </>
  );
  return {
    fields,
    isReady: named.length >= 2 && threshold <= named.length,
    value: {
      threshold,
      receivers: named.map(({ name, contact, language: own, recipient }) => ({
        name,
        contact,
        language: own,
        ...(recipient === '' ? { delivery: 'link' as const } : { recipient, delivery: 'sealed' as const }),
      })),
    },
  };
}

/** Links and files, each for one custodian. */
export function HandedOut({ handedOut }: { handedOut: z.infer<typeof ceremonyDone>['handedOut'] }) {
  const { t } = useTexts();
  return (
    <Stack>
      <Alert color="green" icon={<Icon name="check" />} title={t('custody.handedOut')} role="status">
        {t('custody.once')}
      </Alert>
      {handedOut?.links.map(({ custodian, link }) => (
        <CopyText key={custodian} text={link} label={t('custody.linkFor', { name: custodian })} />
      ))}
      {handedOut?.files.map(({ custodian, name, base64 }) => (
        <Anchor key={custodian} href={`data:application/octet-stream;base64,${base64}`} download={name}>
          {t('custody.fileFor', { name: custodian })}
        </Anchor>
      ))}
    </Stack>
  );
}
