// A button that downloads from the API. It is a plain link: the browser saves what comes, and nothing passes through the page.
import { Button, type ButtonProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon } from './icons.tsx';

/** Downloads what lies at `to` below `/api/v1`. */
export function DownloadButton({ to, children, ...rest }: ButtonProps & { to: string; children: ReactNode }) {
  return (
    <Button
      component="a"
      href={`/api/v1${to}`}
      download
      variant="default"
      leftSection={<Icon name="download" size={16} />}
      {...rest}
    >
      {children}
    </Button>
  );
}
