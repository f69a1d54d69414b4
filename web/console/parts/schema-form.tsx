// A form made from a schema's fields: the service says what there is, this draws it.
import { Button, Checkbox, NumberInput, PasswordInput, Select, Stack, TextInput, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { FormField } from '../../../src/api/schemas/common.ts';
import { fieldInPortuguese, useTexts } from '../app/i18n.ts';

/** What was entered, by field. */
export type FormValues = Record<string, string | number | boolean>;

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

/** Values of the form from settings as they were stored: lists as lines; what no field can show is left out. */
export function valuesOf(config: Record<string, unknown>): FormValues {
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, value]): [string, string | number | boolean][] => {
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
  fields: FormField[];
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
  const set = (name: string, value: string | number | boolean): void =>
    props.onChange({ ...props.values, [name]: value });
  return (
    <Stack gap="sm">
      {fields.filter(isFirst).map((field) => (
        <Field
          key={field.name}
          field={field}
          value={props.values[field.name]}
          onChange={(value) => set(field.name, value)}
        />
      ))}
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
      {showsAll
        ? others.map((field) => (
            <Field
              key={field.name}
              field={field}
              value={props.values[field.name]}
              onChange={(value) => set(field.name, value)}
            />
          ))
        : null}
    </Stack>
  );
}

function Field(props: {
  field: FormField;
  value: string | number | boolean | undefined;
  onChange: (value: string | number | boolean) => void;
}) {
  const { t } = useTexts();
  const text = useFieldText();
  const { field, value, onChange } = props;
  const hints = [text(field.description), ...(field.type === 'list' ? [t('alerts.listHint')] : [])].filter(
    (hint) => hint !== '',
  );
  const shared = {
    label: text(field.title),
    required: field.isRequired && field.type !== 'yes-no',
    ...(hints.length === 0 ? {} : { description: hints.join('. ') }),
    autoComplete: 'off',
    name: field.name,
  };
  const placeholder = field.default === undefined || field.default === '' ? {} : { placeholder: String(field.default) };
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
  if (field.isSecret && field.type === 'file') {
    // A field of one line would take the line ends away, and with them the key.
    return (
      <Textarea
        {...shared}
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: 'masked' }}
        autosize
        minRows={2}
        maxRows={8}
        value={String(value ?? '')}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  if (field.isSecret) {
    return (
      <PasswordInput
        {...shared}
        autoComplete="new-password"
        value={String(value ?? '')}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
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
        data={field.choices}
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
