// A form made from a schema's fields: the service says what there is, this draws it.
import { Button, Checkbox, NumberInput, PasswordInput, Select, Stack, TextInput, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { FormField } from '../../../src/api/schemas/common.ts';
import { fieldInPortuguese, languages, useTexts } from '../app/i18n.ts';

/** What was entered, by field; null: a secret that is kept, and shall not be any longer. */
export type FormValues = Record<string, FormValue>;
type FormValue = string | number | boolean | null;

/** A field, and of a secret that is kept already whether it goes on being so, and whether it could be given up. */
export type ChangeField = FormField & { kept?: { stays: boolean; isDispensable: boolean } };

// Others are words of the trade, such as `starttls` and `cef`, and read the same in both languages.
const choicesWithWords = ['daily', 'weekly', 'each', 'never'] as const;

/** A title or explanation in the reader's language. */
export function useFieldText(): (english: string) => string {
  const { language } = useTexts();
  return (english) => (language === 'pt' ? (fieldInPortuguese(english) ?? english) : english);
}

/** The values as the API takes them: what is empty is left out, lists are split. */
export function configOf(fields: FormField[], values: FormValues): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap(({ name, type }) => {
      const value = values[name];
      if (value === undefined || value === '') return [];
      return [[name, type === 'list' ? linesOf(String(value)) : value]];
    }),
  );
}

/**
 * The fields as a change needs them: of the secrets that are `kept` none, unless they would go to another place than in the settings
 * `before`, which the service refuses.
 */
export function fieldsToChange(
  fields: FormField[],
  { config, kept }: { config: Record<string, unknown>; kept: readonly string[] },
  values: FormValues,
): ChangeField[] {
  const before = configOf(fields, valuesOf(config));
  const now = configOf(fields, values);
  const isMoved = fields.some(
    ({ name, isPlace, default: standard }) =>
      isPlace && String(before[name] ?? standard ?? '') !== String(now[name] ?? standard ?? ''),
  );
  return fields.map((field) => {
    if (!kept.includes(field.name)) return field;
    const isRequired = isMoved && values[field.name] !== null;
    return { ...field, isRequired, kept: { stays: !isMoved, isDispensable: !field.isRequired } };
  });
}

/** Values of the form from settings as they were stored: lists as lines; what no field can show is left out. */
export function valuesOf(config: Record<string, unknown>): FormValues {
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, value]): [string, FormValue][] => {
      if (Array.isArray(value)) return [[name, value.join('\n')]];
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? [[name, value]]
        : [];
    }),
  );
}

/** True when every needed field has something in it. */
export function isFilled(fields: FormField[], values: FormValues): boolean {
  return fields.every(({ name, isRequired }) => !isRequired || (values[name] ?? '') !== '');
}

/** The lines of a text that say something. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Needed fields first; the others are folded away until they are asked for. `hidden` ones are set elsewhere. */
export function SchemaForm(props: {
  fields: ChangeField[];
  values: FormValues;
  onChange: (values: FormValues) => void;
  hidden?: string[];
  /** Optional fields that are shown at once. */
  shown?: string[];
}) {
  const { t } = useTexts();
  const [showsAll, setShowsAll] = useState(false);
  const fields = props.fields.filter(({ name }) => !(props.hidden ?? []).includes(name));
  const isFirst = ({ name, isRequired }: FormField): boolean => isRequired || (props.shown ?? []).includes(name);
  const others = fields.filter((field) => !isFirst(field));
  const drawn = (field: FormField) => (
    <Field
      key={field.name}
      field={field}
      value={props.values[field.name]}
      onChange={(value) => props.onChange({ ...props.values, [field.name]: value })}
    />
  );
  return (
    <Stack gap="sm">
      {fields.filter(isFirst).map(drawn)}
      {others.length === 0 ? null : (
        <Button
          variant="subtle"
          size="compact-sm"
          aria-expanded={showsAll}
          onClick={() => setShowsAll(!showsAll)}
          className="start"
        >
          {showsAll ? t('common.less') : t('common.more')}
        </Button>
      )}
      {showsAll ? others.map(drawn) : null}
    </Stack>
  );
}

function Field(props: { field: ChangeField; value: FormValue | undefined; onChange: (value: FormValue) => void }) {
  const { t } = useTexts();
  const text = useFieldText();
  const { field, value, onChange } = props;
  const hints = [
    text(field.description),
    ...(field.type === 'list' ? [t('alerts.listHint')] : []),
    ...(field.kept?.stays === false ? [t('kept.again')] : []),
  ].filter((hint) => hint !== '');
  const shared = {
    label: text(field.title),
    required: field.isRequired && field.type !== 'yes-no',
    ...(hints.length === 0 ? {} : { description: hints.join('. ') }),
    autoComplete: 'off',
    name: field.name,
  };
  const wordsFor = (choice: string): string => {
    const known = choicesWithWords.find((each) => each === choice);
    if (known !== undefined) return t(`choices.${known}`);
    // A language is called by its own name, in any language.
    return languages.find(({ code }) => code === choice)?.name ?? choice;
  };
  const standard = String(field.default ?? '');
  const placeholder = standard === '' ? {} : { placeholder: field.type === 'choice' ? wordsFor(standard) : standard };
  if (field.type === 'yes-no') {
    const isOn = typeof value === 'boolean' ? value : field.default === true;
    const { label, description } = shared;
    return (
      <Checkbox
        label={label}
        description={description}
        checked={isOn}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (field.isSecret) return <SecretField field={field} shared={shared} value={value} onChange={onChange} />;
  if (field.type === 'number') {
    return (
      <NumberInput
        {...shared}
        {...placeholder}
        value={typeof value === 'number' ? value : ''}
        onChange={onChange}
        allowDecimal={false}
      />
    );
  }
  if (field.type === 'choice') {
    return (
      <Select
        {...shared}
        {...placeholder}
        data={field.choices.map((value) => ({ value, label: wordsFor(value) }))}
        value={value === undefined || value === '' ? null : String(value)}
        onChange={(choice) => onChange(choice ?? '')}
        clearable={!field.isRequired}
      />
    );
  }
  if (field.type === 'list' || field.type === 'file') {
    return (
      <Textarea
        {...shared}
        autosize
        minRows={2}
        maxRows={8}
        value={String(value ?? '')}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  return (
    <TextInput
      {...shared}
      {...placeholder}
      value={String(value ?? '')}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** A secret: covered, and never filled in. One that is kept says so, and can be given up where it is not needed. */
function SecretField(props: {
  field: ChangeField;
  shared: { label: string; required: boolean; description?: string; name: string };
  value: FormValue | undefined;
  onChange: (value: FormValue) => void;
}) {
  const { t } = useTexts();
  const { field, shared, value, onChange } = props;
  const entry = {
    ...shared,
    ...(value === null ? { placeholder: t('kept.goes') } : {}),
    ...(value !== null && field.kept?.stays === true ? { placeholder: t('kept.stays') } : {}),
    value: String(value ?? ''),
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  };
  // A field of one line would take the line ends of a key away, and with them the key.
  const input =
    field.type === 'file' ? (
      <Textarea
        {...entry}
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: entry.value === '' ? '' : 'masked' }}
        autosize
        minRows={2}
        maxRows={8}
      />
    ) : (
      <PasswordInput {...entry} autoComplete="new-password" />
    );
  if (field.kept?.isDispensable !== true) return input;
  return (
    <Stack gap={2}>
      {input}
      <Button
        variant="subtle"
        size="compact-xs"
        className="start"
        aria-label={`${t(value === null ? 'kept.keep' : 'kept.giveUp')}: ${shared.label}`}
        onClick={() => onChange(value === null ? '' : null)}
      >
        {t(value === null ? 'kept.keep' : 'kept.giveUp')}
      </Button>
    </Stack>
  );
}
