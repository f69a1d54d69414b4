// The one small button that stands in rows, cards and boxes beside what it is about.
import { Button, type ButtonProps } from '@mantine/core';
import type { MouseEventHandler } from 'react';

/** A small button. `of` names what it is about, for whoever hears the page instead of seeing the row; `isMain`: the one that is meant. */
export function RowButton({
  children,
  of,
  isMain,
  ...rest
}: Pick<ButtonProps, 'loading' | 'disabled' | 'leftSection' | 'mt' | 'className'> & {
  children: string;
  of?: string;
  isMain?: boolean;
  onClick: MouseEventHandler<HTMLButtonElement>;
}) {
  return (
    <Button
      size="xs"
      style={{ flex: 'none' }}
      variant={isMain === true ? 'light' : 'default'}
      {...(of === undefined ? {} : { 'aria-label': `${children}: ${of}` })}
      {...rest}
    >
      {children}
    </Button>
  );
}
