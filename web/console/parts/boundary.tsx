// Where a page breaks by a bug of ours, the frame stays, and the page says so instead of going blank.
import { Component, type ReactNode } from 'react';
import { useTexts } from '../app/i18n.ts';
import { FailureBox, viewOfError } from './failure.tsx';
import { RowButton } from './row-button.tsx';

/** Shows the trouble of what is below it. A new `path` begins anew. */
export class Boundary extends Component<{ path: string; children: ReactNode }, { error: unknown; path: string }> {
  constructor(props: { path: string; children: ReactNode }) {
    super(props);
    this.state = { error: undefined, path: props.path };
  }

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  static getDerivedStateFromProps(
    { path }: { path: string },
    state: { path: string },
  ): { error?: undefined; path?: string } | null {
    return path === state.path ? null : { error: undefined, path };
  }

  override render(): ReactNode {
    return this.state.error === undefined ? this.props.children : <Broken error={this.state.error} />;
  }
}

function Broken({ error }: { error: unknown }) {
  const { t } = useTexts();
  return (
    <FailureBox failure={viewOfError(error)} title={t('common.broken')}>
      <RowButton onClick={() => location.reload()}>{t('common.retry')}</RowButton>
    </FailureBox>
  );
}
